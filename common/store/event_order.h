#pragma once
// The order of events in time, and what their `end` says of it. Threading: immutable.
#include <compare>
#include <cstdint>
#include <optional>

#include "common/base/clock.h"
#include "proto/event_slices.h"

namespace ox {

// The time that an `end` in Unix seconds is to the microsecond, rounded half to even as Python's
// datetime.fromtimestamp() does; nothing outside the years 1 to 9999, and for no number.
std::optional<WallTime> time_of_end(double end);

// Where an event stands: the least is given out first.
struct EventRank {
  std::int64_t time = 0;
  std::uint64_t id = 0;
  std::uint64_t file = 0;
  std::uint64_t offset = 0;
  auto operator<=>(const EventRank&) const = default;
};

// Oldest first: events without a time, then by time, of equal times by an id that is a whole
// number, then by where they lie. Newest first is exactly the other way around.
class EventOrder {
 public:
  // kEnd: `end`, a float. kTime: time_of_end().
  enum class By { kEnd, kTime };

  EventOrder(By by, bool newest_first) : by_(by), newest_first_(newest_first) {}

  EventRank rank(const EventSlices& event, std::uint64_t file, std::uint64_t offset) const;
  // No event has a lower rank whose `end` lies in this range (min > max: none does), nor any
  // without a number there when there are none of these.
  EventRank least(double min_end, double max_end, bool some_without) const;

 private:
  std::int64_t time(std::optional<double> end) const;
  EventRank directed(EventRank rank) const;

  By by_;
  bool newest_first_;
};

}  // namespace ox
