#include "common/ingest/api/loki/loki_json.h"

#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/ingest/api/loki/loki_labels.h"
#include "common/ingest/api/packed_map.h"
#include "common/ingest/model/json_input.h"
#include "common/ingest/model/timestamp.h"

namespace ox {
namespace {

Status bad_loki(std::string what) { return Status(Code::kInvalid, std::move(what)); }

std::optional<std::int64_t> nanos_of(RawValue value) {
  auto text = value.as_text();
  if (!text) return value.as_int();
  std::int64_t out = 0;
  const char* end = text->data() + text->size();
  auto [stop, error] = std::from_chars(text->data(), end, out);
  if (text->empty() || error != std::errc() || stop != end) return std::nullopt;
  return out;
}

// ["<ns>", "line", {...}]; behind these, nothing is known.
Status read_loki_value(RawValue value, LokiEntry& out, std::string& extra) {
  if (!value.is_array() || value.size() < 2)
    return bad_loki("this is no array of a time and a line");
  PackedMap rest;
  std::size_t index = 0;
  for (RawValue element : RawArray(value)) {
    switch (index++) {
      case 0:
        out.nanos = nanos_of(element);
        if (!out.nanos) return bad_loki("the time is no number of nanoseconds");
        break;
      case 1:
        if (!element.as_text()) return bad_loki("the line is no text");
        out.line = *element.as_text();
        break;
      case 2:
        if (element.is_nil()) break;
        if (!element.is_map()) return bad_loki("the structured metadata is no object");
        out.metadata = element;
        break;
      default:
        rest.key(std::to_string(index - 1)) += element.bytes();
    }
  }
  rest.append_to(extra);
  return ok_status();
}

// {"ts": "<RFC 3339>", "line": "line"}
Status read_loki_first_entry(RawValue value, LokiEntry& out, std::string& extra) {
  if (!value.is_map()) return bad_loki("this is no object");
  PackedMap rest;
  bool has_line = false;
  for (const RawMap::Entry& entry : RawMap(value)) {
    if (entry.name == "line" && entry.value.as_text()) {
      out.line = *entry.value.as_text();
      has_line = true;
    } else if (entry.name == "ts") {
      auto time = timestamp_from(entry.value);
      if (!time.ok()) return bad_loki("ts: " + time.status().message());
      constexpr std::int64_t kNanosPerMicro = 1000;
      std::int64_t nanos = 0;
      if (!__builtin_mul_overflow(time->at.count(), kNanosPerMicro, &nanos)) out.nanos = nanos;
      out.sent_time = entry.value.as_text().value_or("");
    } else if (entry.name == "structuredMetadata" && entry.value.is_map()) {
      out.metadata = entry.value;
    } else {
      rest.key(entry.name) += entry.value.bytes();
    }
  }
  if (!has_line) return bad_loki("the line is missing, or no text");
  rest.append_to(extra);
  return ok_status();
}

using LokiEntryReader = Status (*)(RawValue, LokiEntry&, std::string&);

Status read_loki_entries(RawValue stream, std::string_view list, LokiEntryReader read,
                         RawValue labels, const LokiTake& take) {
  auto entries = stream.find(list);
  if (!entries || entries->is_nil()) return ok_status();
  if (!entries->is_array()) return bad_loki(fmt::format("{} is no array", list));
  std::size_t index = 0;
  std::string extra;
  for (RawValue value : RawArray(*entries)) {
    LokiEntry entry;
    entry.labels = labels;
    extra.clear();
    Status status = read(value, entry, extra);
    entry.extra = RawValue(extra);
    if (status.ok()) status = take(entry);
    if (!status.ok())
      return Status(status.code(), fmt::format("{}[{}]: {}", list, index, status.message()));
    ++index;
  }
  return ok_status();
}

Status read_loki_stream_json(RawValue stream, const LokiTake& take) {
  if (!stream.is_map()) return bad_loki("this is no object");
  std::string labels;
  if (auto map = stream.find("stream"); map && !map->is_nil()) {
    if (!map->is_map()) return bad_loki("stream is no object");
    labels = map->bytes();
  } else if (auto text = stream.find("labels"); text && !text->is_nil()) {
    if (!text->as_text()) return bad_loki("labels is no text");
    OX_RETURN_IF_ERROR(append_loki_labels(*text->as_text(), labels));
  } else {
    pack_map_header(labels, 0);
  }
  OX_RETURN_IF_ERROR(read_loki_entries(stream, "values", read_loki_value, RawValue(labels), take));
  return read_loki_entries(stream, "entries", read_loki_first_entry, RawValue(labels), take);
}

}  // namespace

Status read_loki_json(std::string_view request, const LokiTake& take) {
  thread_local JsonInput json;
  std::string document;
  OX_RETURN_IF_ERROR(json.append(request, document));
  auto streams = RawValue(document).find("streams");
  if (!streams || !streams->is_array()) return bad_loki("streams is missing, or no array");
  std::size_t index = 0;
  for (RawValue stream : RawArray(*streams)) {
    if (Status status = read_loki_stream_json(stream, take); !status.ok())
      return Status(status.code(), fmt::format("streams[{}]: {}", index, status.message()));
    ++index;
  }
  return ok_status();
}

}  // namespace ox
