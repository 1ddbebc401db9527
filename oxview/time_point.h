#pragma once
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

struct TimePoint {
  WallTime time{};
  bool whole_day = false;  // only a day was named, which begins there
};

// A time as people name one: "now", "today", "yesterday"; "20170714", "20170714 02:40", "2017-07-14",
// "2017-07-14 02:40[:00[.25]]" with T or a blank, UTC unless Z or an offset (+02:00) follows; Unix
// seconds of nine digits or more; before now: "-1h", "1h", "1h ago", with ms, s, m, h or d. Error:
// kInvalid, naming the text.
Result<TimePoint> parse_time_point(std::string_view text, WallTime now);

}  // namespace ox
