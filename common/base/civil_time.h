#pragma once
// Calendar dates in UTC, and the text forms oxd uses for them.
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

struct CivilTime {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
};

CivilTime to_utc(WallTime t);
// Fields must be in range. The inverse of to_utc().
WallTime from_utc(const CivilTime& c);

std::string format_date(WallTime t);     // "20170714", UTC
std::string format_iso_utc(WallTime t);  // "2017-07-14T02:40:00.250000Z"
// "2017-07-14 02:40:00.250000" in the local zone, the fraction omitted when zero (Python's str()).
std::string format_local(WallTime t);

// "YYYYMMDD" or "YYYYMMDD HH:MM", UTC. Error: kInvalid, naming the text.
Result<WallTime> parse_date(std::string_view text);

}  // namespace ox
