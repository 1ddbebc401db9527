// A JSON document as a PBU record: its event, and its lines in a level file. The first byte chooses
// the layout.
#include "common/ingest/api/pbu/pbu_record.h"
#include "common/ingest/model/json_input.h"
#include "common/ingest/model/text.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_pbu_record {
namespace {

constexpr WallTime kNow = Seconds(1'725'272'100);
constexpr std::size_t kMaxBytes = 1 << 16;

void check_lines(const PbuRecord& record, PbuLayout layout) {
  std::string lines;
  record.append_lines(lines, layout, kNow);
  OX_CHECK(is_utf8(lines));
  OX_CHECK(lines.ends_with('\n') && lines.find('\r') == std::string::npos);
  if (layout == PbuLayout::kSeed) return;
  // One record has one beginning.
  OX_CHECK(lines.starts_with("[2"));
  for (std::size_t at = lines.find('\n'); at + 1 < lines.size(); at = lines.find('\n', at + 1))
    OX_CHECK(lines[at + 1] != '[');
}

void check_event(const PbuRecord& record) {
  ForeignEvent event;
  record.fill(event);
  event.type = "t";
  std::string stored;
  if (!event.append_to(stored).ok()) return;
  std::size_t used = 0;
  auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
  RawValue body = *RawValue(stored).find("body");
  OX_CHECK(body.find("name")->as_text() == record.name());
  OX_CHECK(body.find("message")->as_text() == record.message());
  OX_CHECK(pbu_level(*body.find("level")->as_int()) == record.level());
}

}  // namespace

OX_FUZZ_TARGET(pbu_record, std::string_view input) {
  if (input.empty()) return;
  const PbuLayout layout = input.front() % 2 == 0 ? PbuLayout::kSeed : PbuLayout::kDated;
  JsonInput json;
  std::string document;
  if (!json.append(input.substr(1), document).ok()) return;
  PbuRecord record;
  if (auto error = record.read(RawValue(document), kNow, kMaxBytes)) {
    OX_CHECK(error->status == 400 && !error->message.empty());
    return;
  }
  check_lines(record, layout);
  check_event(record);
}

}  // namespace ox::fuzz_pbu_record
