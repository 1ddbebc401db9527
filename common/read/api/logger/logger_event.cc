#include "common/read/api/logger/logger_event.h"

#include <array>
#include <charconv>

#include "common/base/civil_time.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/timestamp.h"
#include "common/query/log_record.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::size_t kIdTimeSize = sizeof "20171130T101530.123000Z" - 1;
constexpr std::size_t kIdWordSize = sizeof "20171130T101530" - 1;

void append_value(std::string& out, RawValue value, std::string_view otherwise) {
  auto decoded = Decoded::decode(value.bytes());
  if (decoded.ok())
    append_json(out, decoded->root());
  else
    out += otherwise;
}

std::string_view text_or(RawValue value, std::string_view otherwise) {
  return value.as_text().value_or(otherwise);
}

}  // namespace

std::optional<LoggerEvent> LoggerEvent::of(const EventSlices& event) {
  const auto time = record_time(event.end);
  if (!time) return std::nullopt;
  LoggerEvent out;
  out.time = *time;
  out.id = event.id;
  out.body = event.body;
  out.level = record_level(event);
  const BodySlices body = BodySlices::of(event.body);
  RawValue facility;
  RawValue text;
  for (const RawMap::Entry& entry : RawMap(event.body)) {
    if (entry.name == "facility") facility = entry.value;
    if (entry.name == "event") text = entry.value;
    if (entry.name == "timestamp") out.timestamp = entry.value;
    if (entry.name == "additional") out.additional = entry.value;
    if (entry.name == "received") out.received = record_time(entry.value);
  }
  out.facility = text_or(facility, text_or(body.name, text_or(event.type, "")));
  out.event = text_or(text, text_or(body.message, ""));
  return out;
}

void LoggerEvent::append_json(std::string& out) const {
  out += R"({"id": )";
  if (auto text = id.as_text())
    append_json_string(out, *text);
  else if (auto number = id.as_uint())
    append_json_string(out, std::to_string(*number));
  else
    out += "null";
  out += R"(, "facility": )";
  append_json_string(out, facility);
  out += R"(, "timestamp": )";
  auto as_sent = timestamp.as_text();
  append_json_string(out,
                     as_sent && !as_sent->empty() ? std::string(*as_sent) : format_iso_utc(time));
  out += R"(, "level": )";
  append_json_string(out, logger_level_word(level));
  out += R"(, "event": )";
  append_json_string(out, event);
  out += R"(, "additional": )";
  if (additional.is_map()) {
    append_value(out, additional, "{}");
  } else if (received) {
    out += "{}";
  } else {
    std::string rest;
    pack_rest_of_body(rest, body);
    append_value(out, RawValue(rest), "{}");
  }
  out += R"(, "received": )";
  if (received)
    append_json_string(out, format_iso_utc(*received));
  else
    out += "null";
  out += "}";
}

std::string_view logger_level_word(int level) {
  static constexpr std::array<std::string_view, 8> kWords = {"emerg", "alert",  "crit", "error",
                                                             "warn",  "notice", "info", "debug"};
  return kWords[static_cast<std::size_t>(syslog_severity(level))];
}

LoggerOrder LoggerOrder::of(const LoggerEvent& event) {
  LoggerOrder out{event.time, {}, event.id.as_uint().value_or(0)};
  const auto text = event.id.as_text();
  if (!text) return out;
  const std::size_t colon = text->rfind(':');
  out.id = text->substr(0, colon);
  if (colon != std::string_view::npos)
    std::from_chars(text->data() + colon + 1, text->data() + text->size(), out.number);
  return out;
}

std::optional<LoggerIdTime> time_of_logger_id(std::string_view id) {
  const std::size_t last = id.rfind(':');
  if (last == std::string_view::npos || last < kIdTimeSize + 1) return std::nullopt;
  const std::string_view text = id.substr(last - kIdTimeSize, kIdTimeSize);
  if (id[last - kIdTimeSize - 1] != ':') return std::nullopt;
  auto time = parse_timestamp(text);
  if (!time.ok()) return std::nullopt;
  return LoggerIdTime{time->at, text.substr(0, kIdWordSize)};
}

}  // namespace ox
