#include "common/http/http_date.h"

#include <array>
#include <cstddef>

#include <fmt/format.h>

#include "common/base/civil_time.h"

namespace ox {

std::string http_date(WallTime t) {
  static constexpr std::array kDays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  CivilTime c = to_utc(t);
  // 1970-01-01 was a Thursday.
  auto days = std::chrono::floor<std::chrono::days>(t).count();
  auto day = static_cast<std::size_t>(((days % 7) + 7) % 7);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays.at(day), c.day,
                     kMonths.at(static_cast<std::size_t>(c.month - 1)), c.year, c.hour, c.minute,
                     c.second);
}

}  // namespace ox
