#include "common/ingest/api/otlp/otlp_protobuf.h"

#include <string>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/ingest/api/packed_map.h"
#include "common/ingest/model/protobuf_reader.h"

namespace ox {
namespace {

using OtlpWireField = ProtobufReader::Field;
using OtlpWire = ProtobufReader::Wire;

// Of AnyValue; the others are kBytes.
constexpr std::uint32_t kAnyText = 1;
constexpr std::uint32_t kAnyBool = 2;
constexpr std::uint32_t kAnyInt = 3;
constexpr std::uint32_t kAnyDouble = 4;
constexpr std::uint32_t kAnyArray = 5;
constexpr std::uint32_t kAnyMap = 6;
constexpr std::uint32_t kAnyBytes = 7;

bool is_any_value(const OtlpWireField& field) {
  switch (field.number) {
    case kAnyBool:
    case kAnyInt:
      return field.wire == OtlpWire::kVarint;
    case kAnyDouble:
      return field.wire == OtlpWire::kFixed64;
    case kAnyText:
    case kAnyArray:
    case kAnyMap:
    case kAnyBytes:
      return field.wire == OtlpWire::kBytes;
    default:
      return false;
  }
}

std::size_t count_elements(ProtobufReader reader, std::uint32_t number) {
  std::size_t count = 0;
  OtlpWireField field;
  while (reader.next(field))
    if (field.is(number, OtlpWire::kBytes)) ++count;
  return count;
}

Status append_array_value(ProtobufReader reader, std::size_t depth, std::string& out);
Status append_key_values(ProtobufReader reader, std::size_t depth, std::string& out);

// depth: of containers that it may still open.
Status append_any_value(ProtobufReader reader, std::size_t depth, std::string& out) {
  OtlpWireField field;
  OtlpWireField value;  // of several in a oneof, the last
  while (reader.next(field))
    if (is_any_value(field)) value = field;
  OX_RETURN_IF_ERROR(reader.status());
  switch (value.number) {
    case kAnyText:
    case kAnyBytes:
      pack_text(out, value.bytes);
      break;
    case kAnyBool:
      pack_bool(out, value.value != 0);
      break;
    case kAnyInt:
      pack_int(out, value.as_int());
      break;
    case kAnyDouble:
      pack_double(out, value.as_double());
      break;
    case kAnyArray:
    case kAnyMap:
      if (depth == 0)
        return Status(Code::kTooLarge,
                      fmt::format("a value is nested deeper than {} levels", kMaxOtlpDepth));
      return value.number == kAnyArray ? append_array_value(reader.inside(value), depth - 1, out)
                                       : append_key_values(reader.inside(value), depth - 1, out);
    default:
      pack_nil(out);
  }
  return ok_status();
}

Status append_array_value(ProtobufReader reader, std::size_t depth, std::string& out) {
  pack_array_header(out, count_elements(reader, 1));
  OtlpWireField field;
  while (reader.next(field))
    if (field.is(1, OtlpWire::kBytes))
      OX_RETURN_IF_ERROR(append_any_value(reader.inside(field), depth, out));
  return reader.status();
}

// A KeyValue as a pair of a map.
Status append_key_value(ProtobufReader reader, std::size_t depth, std::string& out) {
  OtlpWireField field;
  std::string_view key;
  OtlpWireField value;
  while (reader.next(field)) {
    if (field.is(1, OtlpWire::kBytes)) key = field.bytes;
    if (field.is(2, OtlpWire::kBytes)) value = field;
  }
  OX_RETURN_IF_ERROR(reader.status());
  pack_text(out, key);
  if (value.number != 0) return append_any_value(reader.inside(value), depth, out);
  pack_nil(out);
  return ok_status();
}

// A KeyValueList as a map.
Status append_key_values(ProtobufReader reader, std::size_t depth, std::string& out) {
  pack_map_header(out, count_elements(reader, 1));
  OtlpWireField field;
  while (reader.next(field))
    if (field.is(1, OtlpWire::kBytes))
      OX_RETURN_IF_ERROR(append_key_value(reader.inside(field), depth, out));
  return reader.status();
}

// A message that becomes a map: its attributes, what is unknown, and the rest.
class OtlpMessage {
 public:
  std::string& key(std::string_view name) { return fields_.key(name); }

  Status add_attribute(const ProtobufReader& reader, const OtlpWireField& field) {
    ++attribute_count_;
    return append_key_value(reader.inside(field), kMaxOtlpDepth, attributes_);
  }

  void add_unknown(const OtlpWireField& field) {
    std::string& out = unknown_.key(std::to_string(field.number));
    if (field.wire == OtlpWire::kBytes) {
      pack_text(out, field.bytes);
    } else {
      pack_uint(out, field.value);
    }
  }

  // Everything as one map; no more is to be added.
  std::string_view finish() {
    if (attribute_count_ > 0) {
      std::string& out = fields_.key("attributes");
      pack_map_header(out, attribute_count_);
      out += attributes_;
    }
    if (!unknown_.empty()) unknown_.append_to(fields_.key("unknown_fields"));
    packed_.clear();
    fields_.append_to(packed_);
    return packed_;
  }

 private:
  PackedMap fields_;
  std::size_t attribute_count_ = 0;
  std::string attributes_;
  PackedMap unknown_;
  std::string packed_;
};

Status read_proto_resource(ProtobufReader reader, OtlpMessage& out) {
  OtlpWireField field;
  while (reader.next(field)) {
    if (field.is(1, OtlpWire::kBytes)) {
      OX_RETURN_IF_ERROR(out.add_attribute(reader, field));
    } else if (field.is(2, OtlpWire::kVarint)) {
      pack_uint(out.key("dropped_attributes_count"), field.value);
    } else {
      out.add_unknown(field);
    }
  }
  return reader.status();
}

Status read_proto_scope(ProtobufReader reader, OtlpMessage& out) {
  OtlpWireField field;
  while (reader.next(field)) {
    if (field.is(1, OtlpWire::kBytes)) {
      pack_text(out.key("name"), field.bytes);
    } else if (field.is(2, OtlpWire::kBytes)) {
      pack_text(out.key("version"), field.bytes);
    } else if (field.is(3, OtlpWire::kBytes)) {
      OX_RETURN_IF_ERROR(out.add_attribute(reader, field));
    } else if (field.is(4, OtlpWire::kVarint)) {
      pack_uint(out.key("dropped_attributes_count"), field.value);
    } else {
      out.add_unknown(field);
    }
  }
  return reader.status();
}

Status read_proto_record_field(const ProtobufReader& reader, const OtlpWireField& field,
                               OtlpMessage& out) {
  if (field.is(1, OtlpWire::kFixed64)) {
    pack_uint(out.key("time_unix_nano"), field.value);
  } else if (field.is(2, OtlpWire::kVarint)) {
    pack_int(out.key("severity_number"), field.as_int());
  } else if (field.is(3, OtlpWire::kBytes)) {
    pack_text(out.key("severity_text"), field.bytes);
  } else if (field.is(5, OtlpWire::kBytes)) {
    return append_any_value(reader.inside(field), kMaxOtlpDepth, out.key("body"));
  } else if (field.is(6, OtlpWire::kBytes)) {
    return out.add_attribute(reader, field);
  } else if (field.is(7, OtlpWire::kVarint)) {
    pack_uint(out.key("dropped_attributes_count"), field.value);
  } else if (field.is(8, OtlpWire::kFixed32)) {
    pack_uint(out.key("flags"), field.value);
  } else if (field.is(9, OtlpWire::kBytes)) {
    pack_text(out.key("trace_id"), to_hex(field.bytes));
  } else if (field.is(10, OtlpWire::kBytes)) {
    pack_text(out.key("span_id"), to_hex(field.bytes));
  } else if (field.is(11, OtlpWire::kFixed64)) {
    pack_uint(out.key("observed_time_unix_nano"), field.value);
  } else if (field.is(12, OtlpWire::kBytes)) {
    pack_text(out.key("event_name"), field.bytes);
  } else {
    out.add_unknown(field);
  }
  return ok_status();
}

// What is around records stands in front of them or behind: it is read first.
Status read_proto_scope_logs(ProtobufReader reader, std::string_view resource,
                             const OtlpTake& take) {
  OtlpMessage scope;
  OtlpWireField field;
  for (ProtobufReader first = reader; first.next(field);) {
    if (field.is(1, OtlpWire::kBytes)) {
      OX_RETURN_IF_ERROR(read_proto_scope(first.inside(field), scope));
    } else if (field.is(3, OtlpWire::kBytes)) {
      pack_text(scope.key("schema_url"), field.bytes);
    } else if (!field.is(2, OtlpWire::kBytes)) {
      scope.add_unknown(field);
    }
  }
  const RawValue packed_scope(scope.finish());
  while (reader.next(field)) {
    if (!field.is(2, OtlpWire::kBytes)) continue;
    ProtobufReader inner = reader.inside(field);
    OtlpMessage record;
    while (inner.next(field)) OX_RETURN_IF_ERROR(read_proto_record_field(inner, field, record));
    OX_RETURN_IF_ERROR(inner.status());
    OX_RETURN_IF_ERROR(take({RawValue(resource), packed_scope, RawValue(record.finish())}));
  }
  return reader.status();
}

Status read_proto_resource_logs(ProtobufReader reader, const OtlpTake& take) {
  OtlpMessage resource;
  OtlpWireField field;
  for (ProtobufReader first = reader; first.next(field);) {
    if (field.is(1, OtlpWire::kBytes)) {
      OX_RETURN_IF_ERROR(read_proto_resource(first.inside(field), resource));
    } else if (field.is(3, OtlpWire::kBytes)) {
      pack_text(resource.key("schema_url"), field.bytes);
    } else if (!field.is(2, OtlpWire::kBytes)) {
      resource.add_unknown(field);
    }
  }
  const std::string_view packed_resource = resource.finish();
  while (reader.next(field))
    if (field.is(2, OtlpWire::kBytes))
      OX_RETURN_IF_ERROR(read_proto_scope_logs(reader.inside(field), packed_resource, take));
  return reader.status();
}

}  // namespace

Status read_otlp_protobuf(std::string_view request, const OtlpTake& take) {
  ProtobufReader reader(request);
  OtlpWireField field;
  while (reader.next(field))
    if (field.is(1, OtlpWire::kBytes))
      OX_RETURN_IF_ERROR(read_proto_resource_logs(reader.inside(field), take));
  return reader.status();
}

}  // namespace ox
