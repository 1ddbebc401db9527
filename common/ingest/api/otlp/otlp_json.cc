#include "common/ingest/api/otlp/otlp_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string>

#include <fmt/format.h>

#include "common/http/auth/encoding.h"
#include "common/ingest/api/packed_map.h"
#include "common/ingest/model/json_input.h"

namespace ox {
namespace {

// What a field of a message is.
enum class OtlpKind { kText, kUint64, kSeverity, kAny, kPairs };

struct OtlpField {
  std::string_view name;  // of the .proto file, and of the event
  std::string_view camel;
  OtlpKind kind;
};

constexpr auto kOtlpRecordFields = std::to_array<OtlpField>({
    {"time_unix_nano", "timeUnixNano", OtlpKind::kUint64},
    {"observed_time_unix_nano", "observedTimeUnixNano", OtlpKind::kUint64},
    {"severity_number", "severityNumber", OtlpKind::kSeverity},
    {"severity_text", "severityText", OtlpKind::kText},
    {"body", "body", OtlpKind::kAny},
    {"attributes", "attributes", OtlpKind::kPairs},
    {"dropped_attributes_count", "droppedAttributesCount", OtlpKind::kUint64},
    {"flags", "flags", OtlpKind::kUint64},
    {"trace_id", "traceId", OtlpKind::kText},
    {"span_id", "spanId", OtlpKind::kText},
    {"event_name", "eventName", OtlpKind::kText},
});

// Of a resource, of a scope, and of what is around them.
constexpr auto kOtlpOriginFields = std::to_array<OtlpField>({
    {"attributes", "attributes", OtlpKind::kPairs},
    {"dropped_attributes_count", "droppedAttributesCount", OtlpKind::kUint64},
    {"name", "name", OtlpKind::kText},
    {"version", "version", OtlpKind::kText},
    {"schema_url", "schemaUrl", OtlpKind::kText},
});

bool is_otlp_name(std::string_view key, std::string_view name, std::string_view camel) {
  return key == camel || key == name;
}

// Protobuf's JSON lets integers be text, and floats without a fraction.
template <typename T>
std::optional<T> otlp_integer(RawValue value) {
  if (auto text = value.as_text()) {
    T out = 0;
    const char* end = text->data() + text->size();
    auto [stop, error] = std::from_chars(text->data(), end, out);
    if (text->empty() || error != std::errc() || stop != end) return std::nullopt;
    return out;
  }
  if constexpr (std::is_signed_v<T>) {
    if (auto number = value.as_int()) return number;
  } else {
    if (auto number = value.as_uint()) return number;
  }
  // What a float holds exactly; up to there it is told from its neighbours.
  constexpr double kMostExact = 9007199254740992.0;
  auto number = value.as_number();
  if (value.kind() != RawValue::Kind::kFloat || std::fabs(*number) > kMostExact ||
      *number != std::trunc(*number) || (*number < 0 && !std::is_signed_v<T>))
    return std::nullopt;
  return static_cast<T>(*number);
}

// "SEVERITY_NUMBER_INFO2".
std::optional<std::int64_t> otlp_severity(std::string_view name) {
  constexpr std::string_view kPrefix = "SEVERITY_NUMBER_";
  constexpr std::array<std::string_view, 6> kWords = {"TRACE", "DEBUG", "INFO",
                                                      "WARN",  "ERROR", "FATAL"};
  constexpr std::int64_t kSteps = 4;
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  if (name == "UNSPECIFIED") return 0;
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (!name.starts_with(kWords[i])) continue;
    const std::int64_t first = static_cast<std::int64_t>(i) * kSteps + 1;
    std::string_view step = name.substr(kWords[i].size());
    if (step.empty()) return first;
    if (step.size() == 1 && step[0] >= '2' && step[0] <= '4') return first + (step[0] - '1');
  }
  return std::nullopt;
}

std::optional<double> otlp_double(RawValue value) {
  auto text = value.as_text();
  if (!text) return value.as_number();
  if (*text == "NaN") return std::nan("");
  if (*text == "Infinity") return HUGE_VAL;
  if (*text == "-Infinity") return -HUGE_VAL;
  double out = 0;
  const char* end = text->data() + text->size();
  auto [stop, error] = std::from_chars(text->data(), end, out);
  if (text->empty() || error != std::errc() || stop != end) return std::nullopt;
  return out;
}

Status no_otlp(std::string_view what, std::string_view should) {
  return Status(Code::kInvalid, fmt::format("{} is no {}", what, should));
}

Status append_json_pairs(RawValue list, std::size_t depth, std::string& out);

// The elements of "values" in an arrayValue or kvlistValue; none when there is none.
Result<RawValue> otlp_values(RawValue value) {
  static constexpr std::string_view kNone("\x90", 1);
  if (!value.is_map()) return no_otlp("an arrayValue or kvlistValue", "object");
  auto values = value.find("values");
  if (!values || values->is_nil()) return RawValue(kNone);
  if (!values->is_array()) return no_otlp("values", "array");
  return *values;
}

Status append_json_any(RawValue value, std::size_t depth, std::string& out);

Status append_json_values(RawValue list, std::size_t depth, std::string& out) {
  pack_array_header(out, list.size());
  for (RawValue element : RawArray(list)) OX_RETURN_IF_ERROR(append_json_any(element, depth, out));
  return ok_status();
}

// depth: of containers that it may still open. What is no AnyValue is kept as it is.
Status append_json_any(RawValue value, std::size_t depth, std::string& out) {
  for (const RawMap::Entry& entry : RawMap(value)) {
    const RawValue inner = entry.value;
    if (inner.is_nil()) continue;
    if (is_otlp_name(entry.name, "string_value", "stringValue") ||
        is_otlp_name(entry.name, "bool_value", "boolValue")) {
      out += inner.bytes();
      return ok_status();
    }
    if (is_otlp_name(entry.name, "int_value", "intValue")) {
      auto number = otlp_integer<std::int64_t>(inner);
      if (!number) return no_otlp("an intValue", "64-bit integer");
      pack_int(out, *number);
      return ok_status();
    }
    if (is_otlp_name(entry.name, "double_value", "doubleValue")) {
      auto number = otlp_double(inner);
      if (!number) return no_otlp("a doubleValue", "number");
      pack_double(out, *number);
      return ok_status();
    }
    if (is_otlp_name(entry.name, "bytes_value", "bytesValue")) {
      auto bytes = decode_base64(inner.as_text().value_or("."));
      if (!bytes) return no_otlp("a bytesValue", "base64");
      pack_text(out, *bytes);
      return ok_status();
    }
    const bool array = is_otlp_name(entry.name, "array_value", "arrayValue");
    if (!array && !is_otlp_name(entry.name, "kvlist_value", "kvlistValue")) continue;
    if (depth == 0)
      return Status(Code::kTooLarge,
                    fmt::format("a value is nested deeper than {} levels", kMaxOtlpDepth));
    OX_ASSIGN_OR_RETURN(RawValue values, otlp_values(inner));
    return array ? append_json_values(values, depth - 1, out)
                 : append_json_pairs(values, depth - 1, out);
  }
  if (value.is_map() && value.size() == 0) {
    pack_nil(out);
  } else {
    out += value.bytes();
  }
  return ok_status();
}

// A list of KeyValues as a map.
Status append_json_pairs(RawValue list, std::size_t depth, std::string& out) {
  static constexpr std::string_view kNil("\xc0", 1);
  pack_map_header(out, list.size());
  for (RawValue pair : RawArray(list)) {
    if (!pair.is_map()) return no_otlp("an attribute", "object");
    auto key = pair.find("key");
    if (key && !key->as_text()) return no_otlp("the key of an attribute", "text");
    pack_text(out, key ? *key->as_text() : std::string_view());
    OX_RETURN_IF_ERROR(append_json_any(pair.find("value").value_or(RawValue(kNil)), depth, out));
  }
  return ok_status();
}

Status append_json_field(const OtlpField& field, RawValue value, std::string& out) {
  switch (field.kind) {
    case OtlpKind::kText:
      if (!value.as_text()) return no_otlp(field.camel, "text");
      out += value.bytes();
      return ok_status();
    case OtlpKind::kUint64: {
      auto number = otlp_integer<std::uint64_t>(value);
      if (!number) return no_otlp(field.camel, "unsigned 64-bit integer");
      pack_uint(out, *number);
      return ok_status();
    }
    case OtlpKind::kSeverity: {
      auto number = otlp_integer<std::int64_t>(value);
      if (!number && value.as_text()) number = otlp_severity(*value.as_text());
      if (!number) return no_otlp(field.camel, "severity number");
      pack_int(out, *number);
      return ok_status();
    }
    case OtlpKind::kAny:
      return append_json_any(value, kMaxOtlpDepth, out);
    case OtlpKind::kPairs:
      if (!value.is_array()) return no_otlp(field.camel, "array");
      return append_json_pairs(value, kMaxOtlpDepth, out);
  }
  return ok_status();
}

// What a message has under these two names is not part of it; "" for none.
struct OtlpApart {
  std::string_view origin = {};
  std::string_view list_name = {};
  std::string_view list_camel = {};
};

// The fields of a message, those that are not known as they are. null is no value.
Status add_json_fields(RawValue object, std::span<const OtlpField> known, const OtlpApart& apart,
                       PackedMap& out) {
  for (const RawMap::Entry& entry : RawMap(object)) {
    if (entry.value.is_nil() || (!apart.origin.empty() && entry.name == apart.origin) ||
        (!apart.list_name.empty() && is_otlp_name(entry.name, apart.list_name, apart.list_camel)))
      continue;
    auto field = std::find_if(known.begin(), known.end(), [&](const OtlpField& candidate) {
      return is_otlp_name(entry.name, candidate.name, candidate.camel);
    });
    if (field == known.end()) {
      out.key(entry.name) += entry.value.bytes();
    } else {
      OX_RETURN_IF_ERROR(append_json_field(*field, entry.value, out.key(field->name)));
    }
  }
  return ok_status();
}

// Calls `read` with each message of a list, and says in which one an error was.
template <typename Read>
Status for_each_message(RawValue object, std::string_view name, std::string_view camel, Read read) {
  for (const RawMap::Entry& entry : RawMap(object)) {
    if (!is_otlp_name(entry.name, name, camel) || entry.value.is_nil()) continue;
    if (!entry.value.is_array()) return no_otlp(camel, "array");
    std::size_t index = 0;
    for (RawValue element : RawArray(entry.value)) {
      Status status = element.is_map() ? read(element) : no_otlp("this", "object");
      if (!status.ok())
        return Status(status.code(), fmt::format("{}[{}]: {}", camel, index, status.message()));
      ++index;
    }
  }
  return ok_status();
}

// The resource or scope of `around`, with what else `around` has, packed.
Status pack_otlp_origin(RawValue around, const OtlpApart& apart, std::string& out) {
  PackedMap fields;
  if (auto origin = around.find(apart.origin); origin && !origin->is_nil()) {
    if (!origin->is_map()) return no_otlp(apart.origin, "object");
    OX_RETURN_IF_ERROR(add_json_fields(*origin, kOtlpOriginFields, {}, fields));
  }
  OX_RETURN_IF_ERROR(add_json_fields(around, kOtlpOriginFields, apart, fields));
  fields.append_to(out);
  return ok_status();
}

constexpr OtlpApart kOtlpResourceApart = {"resource", "scope_logs", "scopeLogs"};
constexpr OtlpApart kOtlpScopeApart = {"scope", "log_records", "logRecords"};

Status read_json_resource_logs(RawValue around, const OtlpTake& take) {
  std::string resource;
  OX_RETURN_IF_ERROR(pack_otlp_origin(around, kOtlpResourceApart, resource));
  return for_each_message(around, "scope_logs", "scopeLogs", [&](RawValue scope_logs) {
    std::string scope;
    OX_RETURN_IF_ERROR(pack_otlp_origin(scope_logs, kOtlpScopeApart, scope));
    return for_each_message(scope_logs, "log_records", "logRecords", [&](RawValue in) {
      PackedMap fields;
      OX_RETURN_IF_ERROR(add_json_fields(in, kOtlpRecordFields, {}, fields));
      std::string record;
      fields.append_to(record);
      return take({RawValue(resource), RawValue(scope), RawValue(record)});
    });
  });
}

}  // namespace

Status read_otlp_json(std::string_view request, const OtlpTake& take) {
  thread_local JsonInput json;
  std::string document;
  OX_RETURN_IF_ERROR(json.append(request, document));
  if (!RawValue(document).is_map()) return no_otlp("the request", "object");
  return for_each_message(RawValue(document), "resource_logs", "resourceLogs",
                          [&](RawValue around) { return read_json_resource_logs(around, take); });
}

}  // namespace ox
