#include "common/ingest/api/fluent/fluent_body.h"

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "common/http/http_fields.h"
#include "common/http/url.h"
#include "common/ingest/api/upload/msgpack_items.h"
#include "common/ingest/api/upload/upload_format.h"
#include "common/ingest/api/upload/upload_items.h"

namespace ox {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

Status append_items(UploadItems& items, std::string& out) {
  UploadItem item;
  while (items.next(item)) {
    if (!item.status.ok())
      return Status(Code::kInvalid, fmt::format("{}: {}", item.where(), item.status.message()));
    if (item.document.is_nil()) continue;
    if (!item.document.is_map())
      return Status(Code::kInvalid, fmt::format("{}: a record must be an object", item.where()));
    out.append(item.document.bytes());
  }
  return ok_status();
}

Status append_whole(UploadFormat format, std::string_view text, std::string& out) {
  const std::size_t before = out.size();
  std::unique_ptr<UploadItems> items;
  if (format == UploadFormat::kJson) {
    std::string documents;
    OX_RETURN_IF_ERROR(append_json_documents(text, documents).at("invalid JSON"));
    items = document_items(std::move(documents));
  } else {
    // The whole text is there: nothing in it is longer.
    const std::size_t most = text.size() + 4;
    items = format == UploadFormat::kMsgpack ? msgpack_items(most) : line_items({.max_line = most});
    items->append(text);
    items->end();
  }
  Status status = append_items(*items, out);
  if (!status.ok()) out.resize(before);
  return status;
}

}  // namespace

Status append_fluent_records(std::string_view content_type, std::string_view query,
                             std::string_view body, std::string& out) {
  static constexpr std::array<std::pair<std::string_view, UploadFormat>, 3> kFields = {{
      {"msgpack", UploadFormat::kMsgpack},
      {"json", UploadFormat::kJson},
      {"ndjson", UploadFormat::kLines},
  }};
  const auto media = MediaType::parse(content_type);
  const bool is_form = media && media->type == kFormType;
  const auto format = upload_format(content_type);
  if (!is_form && !body.empty() && format && *format != UploadFormat::kText)
    return append_whole(*format, body, out);
  HttpPairs fields;
  if (is_form) {
    OX_ASSIGN_OR_RETURN(fields, parse_pairs(body));
  }
  OX_ASSIGN_OR_RETURN(const HttpPairs more, parse_pairs(query));
  fields.insert(fields.end(), more.begin(), more.end());
  for (const auto& [name, means] : kFields)
    if (const std::string* value = find_pair(fields, name)) return append_whole(means, *value, out);
  return Status(Code::kInvalid, "'json', 'ndjson' or 'msgpack' parameter is required");
}

}  // namespace ox
