#pragma once
// A stored event as Logger's API gives it out (docs/reading-http.md, "Logger").
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "proto/event_slices.h"

namespace ox {

// Views into the event, which must outlive it. What did not come by Logger's API is seen as if it
// had: its facility is its name, or its type, its event the message, its additional the rest.
struct LoggerEvent {
  // Nothing for what has no time.
  static std::optional<LoggerEvent> of(const EventSlices& event);

  WallTime time{};
  std::optional<WallTime> received;
  int level = 0;
  std::string_view facility;
  std::string_view event;
  RawValue id;
  RawValue timestamp;   // as it was sent, when it is text
  RawValue additional;  // kInvalid: none of its own
  RawValue body;

  // {"id", "facility", "timestamp", "level", "event", "additional", "received"}. Appends.
  void append_json(std::string& out) const;
};

// "emerg", "alert", "crit", "error", "warn", "notice", "info" or "debug".
std::string_view logger_level_word(int level);

// The order of events on a page: by time, then by id, whose number counts as one.
struct LoggerOrder {
  WallTime time{};
  std::string id;
  std::uint64_t number = 0;
  static LoggerOrder of(const LoggerEvent& event);
  auto operator<=>(const LoggerOrder&) const = default;
};

// The time in an id, "<facility>:<yyyymmddThhmmss.ffffffZ>:<n>", and its text as a word; nothing for what
// is no such id.
struct LoggerIdTime {
  WallTime time{};
  std::string_view word;  // "20171130T101530"
};
std::optional<LoggerIdTime> time_of_logger_id(std::string_view id);

}  // namespace ox
