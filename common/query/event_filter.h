#pragma once
// One SQL expression over one event, true or not: oxview's --where, Chronologer's query parameter.
// docs/query.md says what may stand in it; SQLite evaluates it, behind an authorizer and limits.
//
// Everything that can be said of the text alone is said by compile(): its syntax, columns,
// functions, JSON paths, times. An event can then only be matched or not; one that an operation
// cannot be done with (abs() of the smallest integer) is not.
// Threading: one thread at a time. Bounds: as QueryLimits says.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/query/query_limits.h"
#include "common/store/event_conditions.h"
#include "proto/event_slices.h"

namespace ox {

class EventFilter {
 public:
  // Errors: kInvalid, kTooLarge: what is wrong with the expression, and at which character.
  static Result<EventFilter> compile(std::string_view expression, const QueryLimits& limits);
  EventFilter(EventFilter&&) noexcept;
  EventFilter& operator=(EventFilter&&) noexcept;
  ~EventFilter();

  // Errors: kUnavailable (the time is over, or it was cancelled), kTooLarge (memory).
  Result<bool> matches(std::string_view event);
  // The same when somebody has looked at the event already; `slices` are of `event`.
  Result<bool> matches(std::string_view event, const EventSlices& slices);

  // What every event that matches fulfils, for EventScan.
  const EventConditions& conditions() const;
  // Texts that the bytes of every event that matches hold, as they stand.
  const std::vector<std::string>& needles() const;

 private:
  class Impl;
  explicit EventFilter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ox
