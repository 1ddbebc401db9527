#pragma once
// The local calendar of a place, by its name in the IANA database ("Europe/Amsterdam", "UTC"), with
// every change of its clocks. The database is the system's (/usr/share/zoneinfo, Debian's tzdata).
#include <chrono>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace date {
class time_zone;
}

namespace ox {

// Instants are Unix seconds, from year 1 to 9999; what lies outside counts as the nearest inside.
// Threading: any number of threads. A copy is cheap; all are good for ever.
class TimeZone {
 public:
  // Errors: kNotFound, there is no such zone; kUnavailable, there is no database.
  static Result<TimeZone> find(std::string_view name);

  // The first instant of the local date that `instant` belongs to: midnight, or, where the clocks
  // skip it, what follows the gap. The same for every instant of the date, on whatever side of a
  // change it lies.
  Seconds start_of_day(Seconds instant) const;
  // The first instant of the local hour. An hour that comes twice, as clocks are put back, is two.
  Seconds start_of_hour(Seconds instant) const;
  // The first instant of a date.
  Seconds start_of(std::chrono::year_month_day date) const;

 private:
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;
};

}  // namespace ox
