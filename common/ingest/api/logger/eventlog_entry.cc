#include "common/ingest/api/logger/eventlog_entry.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/text.h"

namespace ox {
namespace {

constexpr std::string_view kAdditional = "additional";
constexpr std::string_view kIdempotencyKey = "_key";
constexpr std::string_view kSkew = "_skew";
// A clock that is ahead by more is worth a note.
constexpr Micros kMostAhead = Seconds(300);
// Of a value that an error quotes.
constexpr std::size_t kQuoted = 64;

bool is_known(std::string_view key) {
  static constexpr std::array<std::string_view, 6> kKnown = {"facility", "timestamp", "level",
                                                             "event",    kAdditional, "signature"};
  return std::find(kKnown.begin(), kKnown.end(), key) != kKnown.end();
}

}  // namespace

HttpError validation_error(std::string message) {
  return {.status = 400, .message = std::move(message), .type = "ValidationError"};
}

std::optional<HttpError> EventlogEntry::text_member(std::string_view name, RawValue value,
                                                    std::string_view& out) const {
  if (!value.valid()) return validation_error(fmt::format("\"{}\" is missing", name));
  auto text = value.as_text();
  if (!text || text->empty())
    return validation_error(fmt::format("\"{}\" must be a string that is not empty", name));
  out = *text;
  return std::nullopt;
}

std::optional<HttpError> EventlogEntry::read(RawValue document) {
  if (!document.is_map()) return validation_error("An event must be an object");
  document_ = document;
  for (const RawMap::Entry& entry : RawMap(document)) {
    if (entry.name == "facility") facility_value_ = entry.value;
    if (entry.name == "timestamp") timestamp_value_ = entry.value;
    if (entry.name == "level") level_value_ = entry.value;
    if (entry.name == "event") event_value_ = entry.value;
    if (entry.name == kAdditional) additional_ = entry.value;
    if (entry.name == "signature") signature_ = entry.value;
  }
  if (auto error = text_member("facility", facility_value_, facility_)) return error;
  if (!timestamp_value_.valid()) return validation_error("\"timestamp\" is missing");
  timestamp_text_ = timestamp_value_.as_text().value_or(std::string_view());
  if (!timestamp_value_.as_text() && !timestamp_value_.as_number())
    return validation_error("\"timestamp\" must be a string or a number");
  if (auto error = text_member("level", level_value_, level_text_)) return error;
  auto timestamp = timestamp_from(timestamp_value_);
  if (timestamp.ok()) {
    timestamp_ = *timestamp;
    time_ = timestamp->at;
  }
  return std::nullopt;
}

std::optional<HttpError> EventlogEntry::check() {
  if (facility_.size() > kMaxFacility)
    return validation_error(fmt::format("\"facility\" has more than {} bytes", kMaxFacility));
  if (!time_)
    return validation_error("\"timestamp\" is neither ISO 8601 nor seconds or milliseconds");
  auto level = level_from_name(level_text_);
  if (!level)
    return validation_error(
        fmt::format("\"level\" is none of emerg, alert, crit, error, warn, notice, info, debug: "
                    "\"{}\"",
                    cut_bytes(level_text_, kQuoted)));
  level_ = *level;
  if (auto error = text_member("event", event_value_, message_)) return error;
  if (!additional_.valid() || additional_.is_nil()) return std::nullopt;
  if (!additional_.is_map()) return validation_error("\"additional\" must be an object");
  auto key = additional_.find(kIdempotencyKey);
  if (!key) return std::nullopt;
  auto text = key->as_text();
  if (!text || text->empty() || text->size() > kMaxKey)
    return validation_error(
        fmt::format("\"additional._key\" must be a string of 1 to {} bytes", kMaxKey));
  key_ = *text;
  return std::nullopt;
}

std::string_view EventlogEntry::signature() const {
  return signature_.as_text().value_or(std::string_view());
}

std::uint64_t EventlogEntry::digest() const {
  return std::hash<std::string_view>()(document_.bytes());
}

std::string EventlogEntry::id(std::uint64_t number) const {
  const CivilTime c = to_utc(timestamp_.at);
  return fmt::format("{}:{:04}{:02}{:02}T{:02}{:02}{:02}.{:06}Z:{}", facility_, c.year, c.month,
                     c.day, c.hour, c.minute, c.second, c.micros, number);
}

std::string EventlogEntry::timestamp() const {
  return timestamp_text_.empty() ? format_iso_utc(timestamp_.at) : std::string(timestamp_text_);
}

void EventlogEntry::fill(ForeignEvent& event, std::string_view id, WallTime received) {
  event.id_text = id;
  event.end = timestamp_.seconds;
  event.name = facility_;
  event.message = message_;
  event.set_level(level_, level_text_);
  event.add("facility", facility_value_);
  event.add("timestamp", timestamp_value_);
  event.add("event", event_value_);
  if (signature_.valid()) event.add("signature", signature_);
  event.add_double("received", to_seconds(received));

  const ForeignEvent::Section more = event.section(kAdditional);
  for (const RawMap::Entry& entry : RawMap(additional_)) event.add(entry, more);
  for (const RawMap::Entry& entry : RawMap(document_)) {
    if (is_known(entry.name)) continue;
    if (entry.name.empty() || !additional_.find(entry.name)) {
      event.add(entry, more);
    } else {
      event.add(renamed_.emplace_back(std::string(entry.name) + "_"), entry.value, more);
    }
  }
  if (timestamp_.at > received + kMostAhead)
    event.add_double(kSkew, to_seconds(timestamp_.at - received), more);
}

}  // namespace ox
