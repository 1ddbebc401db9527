#include "common/query/log_record.h"

#include <cstdio>

#include "common/base/civil_time.h"
#include "common/store/event_order.h"
#include "proto/event_view.h"
#include "proto/json.h"
#include "proto/utf8.h"

namespace ox {
namespace {

std::string_view cut_record_text(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  while (at < text.size() && characters > 0) {
    next_code_point(text, at);
    --characters;
  }
  return text.substr(0, at);
}

void append_packed_json(std::string& out, std::string_view packed) {
  auto decoded = Decoded::decode(packed);
  if (!decoded.ok()) {
    out += "null";
    return;
  }
  append_json(out, decoded->root());
}

bool is_head(std::string_view key) { return key == "level" || key == "name" || key == "message"; }

}  // namespace

std::optional<WallTime> record_time(RawValue end) {
  auto seconds = end.as_number();
  return seconds ? time_of_end(*seconds) : std::nullopt;
}

void append_record_time(std::string& out, WallTime ts) {
  CivilTime c = to_utc(ts);
  char text[64];
  int size = std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month,
                           c.day, c.hour, c.minute, c.second);
  out.append(text, static_cast<std::size_t>(size));
  if (c.micros != 0) {
    size = std::snprintf(text, sizeof text, ".%06d", c.micros);
    out.append(text, static_cast<std::size_t>(size));
  }
  out += "+00:00";
}

void pack_rest_of_body(std::string& out, RawValue body) {
  if (!body.is_map()) {
    out += '\xc0';
    return;
  }
  std::uint32_t size = 0;
  for (const RawMap::Entry& entry : RawMap(body))
    if (!is_head(entry.name)) ++size;
  const char header[] = {'\xdf', static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                         static_cast<char>(size >> 8), static_cast<char>(size)};
  out.append(header, sizeof header);
  for (const RawMap::Entry& entry : RawMap(body)) {
    if (is_head(entry.name)) continue;
    out += entry.key.bytes();
    out += entry.value.bytes();
  }
}

int record_level(const EventSlices& event) {
  const double level = level_of(event).value_or(0);
  return level >= -1e9 && level <= 1e9 ? static_cast<int>(level) : 0;
}

StoredRecord StoredRecord::of(const EventSlices& event) {
  StoredRecord record;
  record.id = event.id.as_int();
  record.ts = record_time(event.end);
  record.body = event.body;
  BodySlices body = BodySlices::of(event.body);
  record.name = body.name.as_text().value_or(std::string_view());
  record.message = body.message.as_text().value_or(std::string_view());
  record.level = record_level(event);
  record.logrec = event.body.find("logrec").value_or(RawValue());
  return record;
}

void StoredRecord::append_logrec_json(std::string& out) const {
  if (logrec.valid()) {
    append_packed_json(out, logrec.bytes());
    return;
  }
  std::string rest;
  pack_rest_of_body(rest, body);
  append_packed_json(out, rest);
}

void StoredRecord::append_json(std::string& out) const {
  out += R"({"name": )";
  append_json_string(out, cut_record_text(name, kRecordNameCharacters));
  out += R"(, "ts": )";
  if (ts) {
    out += '"';
    append_record_time(out, *ts);
    out += '"';
  } else {
    out += "null";
  }
  out += R"(, "level": )" + std::to_string(level);
  out += R"(, "message": )";
  append_json_string(out, cut_record_text(message, kRecordMessageCharacters));
  out += R"(, "logrec": )";
  append_logrec_json(out);
  out += R"(, "id": )" + (id ? std::to_string(*id) : std::string("null")) + "}";
}

}  // namespace ox
