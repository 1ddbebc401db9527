#include "common/ingest/api/splunk/hec_event.h"

#include "common/base/ascii.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/pack.h"
#include "common/ingest/model/timestamp.h"
#include "proto/batch.h"

namespace ox {
namespace {

// Of `event` or `fields` when they are objects: what loggers for Splunk call a level.
void find_hec_level(RawValue map, ForeignEvent& event) {
  for (std::string_view key : {"level", "severity", "levelname"}) {
    auto value = map.find(key);
    if (event.level() || !value) continue;
    const std::string_view word = value->as_text().value_or("");
    if (auto level = level_from_name(word)) event.set_level(*level, word);
  }
}

std::optional<std::string_view> hec_message(RawValue map) {
  for (std::string_view key : {"message", "msg", "log", "line"})
    if (auto value = map.find(key); value && value->as_text()) return value->as_text();
  return std::nullopt;
}

// A time that is there and is one.
bool take_hec_time(RawValue value, ForeignEvent& event) {
  auto time = timestamp_from(value);
  if (!time.ok()) return false;
  event.end = time->seconds;
  return true;
}

}  // namespace

std::optional<HecStatus> fill_hec_event(RawValue document, WallTime now, ForeignEvent& event) {
  if (!document.is_map()) return kHecInvalidData;
  auto payload = document.find("event");
  if (!payload || payload->is_nil()) return kHecEventRequired;
  if (payload->as_text() && payload->as_text()->empty()) return kHecEventBlank;
  event.end = to_seconds(now);
  for (const RawMap::Entry& entry : RawMap(document)) {
    const RawValue value = entry.value;
    const bool empty = value.is_nil() || (value.as_text() && value.as_text()->empty());
    if (entry.name == "event" && !event.message && value.as_text()) {
      event.message = value.as_text();
      continue;
    }
    if (entry.name == "event" && value.is_map()) {
      if (!event.message) event.message = hec_message(value);
      find_hec_level(value, event);
    } else if (entry.name == "fields") {
      find_hec_level(value, event);
    } else if (entry.name == "source" && value.as_text()) {
      if (!empty) event.name = value.as_text();
    } else if (entry.name == "time" && !empty && !take_hec_time(value, event)) {
      return kHecInvalidData;
    } else if (entry.name == "host" && !empty && value.as_text()) {
      event.host = *value.as_text();
      if (event.host.size() <= kMaxNameBytes) continue;
    }
    event.add(entry);
  }
  return std::nullopt;
}

void fill_hec_line(std::string_view line, const HttpPairs& metadata, WallTime now,
                   ForeignEvent& event) {
  event.message = line;
  event.end = to_seconds(now);
  for (const auto& [key, value] : metadata) {
    if (equal_ignoring_case(key, "token") || key == "channel") continue;
    if (key == "source" && !value.empty()) event.name = value;
    if (key == "time") {
      std::string packed;
      pack_text(packed, value);
      (void)take_hec_time(RawValue(packed), event);  // what is none is kept as text
    }
    if (key == "host" && !value.empty()) {
      event.host = value;
      if (event.host.size() <= kMaxNameBytes) continue;
    }
    event.add_text(key, value);
  }
}

const TypeTemplate& hec_type() {
  static const TypeTemplate type = *TypeTemplate::parse("{source}.{sourcetype|}");
  return type;
}

}  // namespace ox
