// A body as the items of an upload: lines, lines of text, or MessagePack. The first byte chooses
// which, and the size of the pieces that it comes in, which changes nothing.
#include <memory>
#include <string>
#include <vector>

#include "common/ingest/api/upload/msgpack_items.h"
#include "common/ingest/api/upload/upload_items.h"
#include "proto/raw_value.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_upload_items {
namespace {

constexpr std::size_t kMostItem = 64;

std::unique_ptr<UploadItems> items_for(unsigned choice) {
  switch (choice % 4) {
    case 0:
      return line_items({.max_line = kMostItem});
    case 1:
      return line_items({.max_line = kMostItem, .skip_blank = false, .utf8_only = true});
    case 2:
      return line_items({.max_line = kMostItem, .json = false});
    default:
      return msgpack_items(kMostItem);
  }
}

struct Seen {
  std::size_t index, line;
  Code code;
  std::string document;
  bool operator==(const Seen&) const = default;
};

void take_all(UploadItems& items, std::vector<Seen>& out) {
  UploadItem item;
  while (items.next(item)) {
    OX_CHECK(item.index == out.size());
    const std::string_view document = item.document.bytes();
    if (item.status.ok()) {
      auto length = checked_length(document);
      OX_CHECK(length.ok() && *length == document.size());
    }
    out.push_back({item.index, item.line, item.status.code(), std::string(document)});
  }
}

std::vector<Seen> read(UploadItems& items, std::string_view body, std::size_t piece) {
  std::vector<Seen> out;
  for (std::size_t at = 0; at < body.size(); at += piece) {
    items.append(body.substr(at, piece));
    take_all(items, out);
  }
  items.end();
  take_all(items, out);
  return out;
}

}  // namespace

OX_FUZZ_TARGET(upload_items, std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  const auto whole = read(*items_for(choice), input, input.size() + 1);
  OX_CHECK(read(*items_for(choice), input, choice / 4 % 13 + 1) == whole);
}

}  // namespace ox::fuzz_upload_items
