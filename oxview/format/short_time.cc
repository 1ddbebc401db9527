#include "oxview/format/short_time.h"

#include <iterator>

#include <fmt/format.h>

#include "common/base/civil_time.h"

namespace ox {

void append_short_time(std::string& out, const std::optional<WallTime>& time) {
  if (!time) {
    out += "-                       ";
    return;
  }
  const CivilTime c = to_utc(*time);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year,
                 c.month, c.day, c.hour, c.minute, c.second, c.micros / 1000);
}

}  // namespace ox
