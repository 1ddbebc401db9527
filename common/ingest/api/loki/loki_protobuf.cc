#include "common/ingest/api/loki/loki_protobuf.h"

#include <string>

#include "common/ingest/api/loki/loki_labels.h"
#include "common/ingest/api/packed_map.h"
#include "common/ingest/model/protobuf_reader.h"

namespace ox {
namespace {

using LokiWireField = ProtobufReader::Field;
using LokiWire = ProtobufReader::Wire;

// google.protobuf.Timestamp. What is outside of 64 bits of nanoseconds (year 2262) is no time.
Status read_loki_time(ProtobufReader reader, LokiEntry& out) {
  constexpr std::int64_t kNanos = 1'000'000'000;
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  LokiWireField field;
  while (reader.next(field)) {
    if (field.is(1, LokiWire::kVarint)) seconds = field.as_int();
    if (field.is(2, LokiWire::kVarint)) nanos = static_cast<std::int32_t>(field.as_int());
  }
  std::int64_t total = 0;
  if (!__builtin_mul_overflow(seconds, kNanos, &total) &&
      !__builtin_add_overflow(total, nanos, &total))
    out.nanos = total;
  return reader.status();
}

// A LabelPair.
Status read_loki_pair(ProtobufReader reader, PackedMap& out) {
  std::string_view name;
  std::string_view value;
  LokiWireField field;
  while (reader.next(field)) {
    if (field.is(1, LokiWire::kBytes)) name = field.bytes;
    if (field.is(2, LokiWire::kBytes)) value = field.bytes;
  }
  pack_text(out.key(name), value);
  return reader.status();
}

void add_loki_unknown(const LokiWireField& field, PackedMap& out) {
  std::string& value = out.key(std::to_string(field.number));
  if (field.wire == LokiWire::kBytes) {
    pack_text(value, field.bytes);
  } else {
    pack_uint(value, field.value);
  }
}

Status read_loki_entry(ProtobufReader reader, RawValue labels, const LokiTake& take) {
  LokiEntry entry;
  entry.labels = labels;
  PackedMap metadata;
  PackedMap parsed;
  PackedMap unknown;
  LokiWireField field;
  while (reader.next(field)) {
    if (field.is(1, LokiWire::kBytes)) {
      OX_RETURN_IF_ERROR(read_loki_time(reader.inside(field), entry));
    } else if (field.is(2, LokiWire::kBytes)) {
      entry.line = field.bytes;
    } else if (field.is(3, LokiWire::kBytes)) {
      OX_RETURN_IF_ERROR(read_loki_pair(reader.inside(field), metadata));
    } else if (field.is(4, LokiWire::kBytes)) {
      OX_RETURN_IF_ERROR(read_loki_pair(reader.inside(field), parsed));
    } else {
      add_loki_unknown(field, unknown);
    }
  }
  OX_RETURN_IF_ERROR(reader.status());
  std::string packed;
  metadata.append_to(packed);
  const std::size_t metadata_size = packed.size();
  PackedMap extra;
  if (!parsed.empty()) parsed.append_to(extra.key("parsed"));
  if (!unknown.empty()) unknown.append_to(extra.key("unknown_fields"));
  extra.append_to(packed);
  entry.metadata = RawValue(std::string_view(packed).substr(0, metadata_size));
  entry.extra = RawValue(std::string_view(packed).substr(metadata_size));
  return take(entry);
}

Status read_loki_stream(ProtobufReader reader, const LokiTake& take) {
  std::string_view text = "{}";
  LokiWireField field;
  for (ProtobufReader first = reader; first.next(field);)
    if (field.is(1, LokiWire::kBytes)) text = field.bytes;
  std::string labels;
  OX_RETURN_IF_ERROR(append_loki_labels(text, labels));
  while (reader.next(field))
    if (field.is(2, LokiWire::kBytes))
      OX_RETURN_IF_ERROR(read_loki_entry(reader.inside(field), RawValue(labels), take));
  return reader.status();
}

}  // namespace

Status read_loki_protobuf(std::string_view request, const LokiTake& take) {
  ProtobufReader reader(request);
  LokiWireField field;
  while (reader.next(field))
    if (field.is(1, LokiWire::kBytes))
      OX_RETURN_IF_ERROR(read_loki_stream(reader.inside(field), take));
  return reader.status();
}

}  // namespace ox
