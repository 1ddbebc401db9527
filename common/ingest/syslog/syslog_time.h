#pragma once
// Times as syslog senders write them: RFC 3339, and RFC 3164's "Feb  5 17:32:18", which has neither
// year nor zone.
#include <cstdint>
#include <ctime>
#include <optional>
#include <string_view>

#include "common/base/clock.h"

namespace ox {

// "2003-10-11T22:14:15.003Z", as RFC 5424, section 6.2.3, has it, and as long as it is a time, with
// more digits or in lower case. Nothing when it is none.
std::optional<WallTime> parse_rfc3339(std::string_view text);

// One thread.
class SyslogClock {
 public:
  // The time at the front of `text`, which is then moved behind it and the blank after it: "Feb  5
  // 17:32:18", "Feb 5 17:32:18.123". In this machine's zone, and of the year in which it is nearest
  // to `now`. Nothing, with `text` as it was, when there is none.
  std::optional<WallTime> take_rfc3164(std::string_view& text, WallTime now);

 private:
  // By month, day, hour and minute, in local time.
  std::optional<std::int64_t> minute_start(int month, int day, int hour, int minute, WallTime now);

  // The last minute asked for: messages come in the order of time, or nearly so.
  int key_ = -1;
  std::int64_t now_hour_ = 0;
  std::optional<std::int64_t> start_;
};

}  // namespace ox
