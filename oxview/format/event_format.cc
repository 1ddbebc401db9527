#include "oxview/format/event_format.h"

#include "common/ingest/model/pack.h"
#include "proto/raw_value.h"

namespace ox {
namespace {

// An event that ends too early is damaged: nothing will follow.
Status as_damage(const Status& status) {
  return status.code() == Code::kUnavailable ? Status(Code::kCorrupt, status.message()) : status;
}

Status behind_the_value(std::size_t bytes) {
  return Status(Code::kCorrupt, std::to_string(bytes) + " bytes behind the value");
}

}  // namespace

Result<Decoded> decode_event(std::string_view event) {
  std::size_t used = 0;
  auto decoded = Decoded::decode(event, &used);
  if (!decoded.ok()) return as_damage(decoded.status());
  if (used != event.size()) return behind_the_value(event.size() - used);
  return decoded;
}

Status check_event(std::string_view event) {
  auto length = checked_length(event, kMaxEventDepth);
  if (!length.ok()) return as_damage(length.status());
  return *length == event.size() ? ok_status() : behind_the_value(event.size() - *length);
}

void pack_fields(std::string& out, FieldReader& reader, const FieldList& fields) {
  pack_map_header(out, fields.size());
  for (const EventField& field : fields) {
    pack_text(out, field.name());
    const RawValue value = reader.value(field);
    if (value.valid()) {
      out += RawValue::front_of(value.bytes()).bytes();
    } else {
      pack_nil(out);
    }
  }
}

Status EventFormat::append_group(std::string& out, const std::vector<std::string>& events) {
  const std::size_t before = out.size();
  for (const std::string& event : events) {
    if (Status status = append(out, event); !status.ok()) {
      out.resize(before);
      return status;
    }
  }
  return ok_status();
}

std::unique_ptr<EventFormat> make_format(const FormatSpec& spec, const FormatStyle& style) {
  switch (spec.kind) {
    case FormatSpec::Kind::kJson:
      break;
    case FormatSpec::Kind::kPretty:
      return make_pretty_format(spec.fields, style);
    case FormatSpec::Kind::kShort:
      return make_short_format(style);
    case FormatSpec::Kind::kCsv:
      return make_csv_format(spec.fields, style);
    case FormatSpec::Kind::kMsgpack:
      return make_msgpack_format(spec.fields);
    case FormatSpec::Kind::kTemplate:
      return make_template_format(spec.text, style);
  }
  return make_json_format(spec.fields, style);
}

}  // namespace ox
