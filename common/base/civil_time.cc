#include "common/base/civil_time.h"

#include <ctime>

#include <fmt/format.h>

namespace ox {

CivilTime to_utc(WallTime t) {
  using std::chrono::days;
  using std::chrono::floor;
  auto day = floor<days>(t);
  std::chrono::year_month_day ymd{std::chrono::sys_days{day}};
  auto rest = (t - day).count();
  CivilTime c;
  c.year = static_cast<int>(ymd.year());
  c.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
  c.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
  c.micros = static_cast<int>(rest % 1'000'000);
  rest /= 1'000'000;
  c.second = static_cast<int>(rest % 60);
  c.minute = static_cast<int>(rest / 60 % 60);
  c.hour = static_cast<int>(rest / 3600);
  return c;
}

WallTime from_utc(const CivilTime& c) {
  std::chrono::sys_days day = std::chrono::year(c.year) /
                              std::chrono::month(static_cast<unsigned>(c.month)) /
                              std::chrono::day(static_cast<unsigned>(c.day));
  return std::chrono::duration_cast<WallTime>(day.time_since_epoch()) +
         Seconds(c.hour * 3600 + c.minute * 60 + c.second) + Micros(c.micros);
}

std::string format_date(WallTime t) {
  CivilTime c = to_utc(t);
  return fmt::format("{:04}{:02}{:02}", c.year, c.month, c.day);
}

std::string format_iso_utc(WallTime t) {
  CivilTime c = to_utc(t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", c.year, c.month, c.day, c.hour,
                     c.minute, c.second, c.micros);
}

std::string format_local(WallTime t) {
  auto seconds = std::chrono::floor<Seconds>(t);
  std::time_t as_time = seconds.count();
  std::tm tm{};
  ::localtime_r(&as_time, &tm);
  std::string out = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", tm.tm_year + 1900,
                                tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  auto micros = (t - seconds).count();
  if (micros != 0) out += fmt::format(".{:06}", micros);
  return out;
}

Result<WallTime> parse_date(std::string_view text) {
  auto bad = [&] {
    return Status(Code::kInvalid,
                  fmt::format("'{}' is not a date: use YYYYMMDD or \"YYYYMMDD HH:MM\"", text));
  };
  auto number = [&](std::size_t at, std::size_t digits, int& out) {
    out = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
      if (text[i] < '0' || text[i] > '9') return false;
      out = out * 10 + (text[i] - '0');
    }
    return true;
  };
  CivilTime c;
  if (text.size() != 8 && text.size() != 14) return bad();
  if (!number(0, 4, c.year) || !number(4, 2, c.month) || !number(6, 2, c.day)) return bad();
  if (text.size() == 14) {
    if ((text[8] != ' ' && text[8] != 'T') || text[11] != ':') return bad();
    if (!number(9, 2, c.hour) || !number(12, 2, c.minute)) return bad();
  }
  if (c.month < 1 || c.month > 12 || c.day < 1 || c.hour > 23 || c.minute > 59) return bad();
  std::chrono::year_month_day ymd{std::chrono::year(c.year),
                                  std::chrono::month(static_cast<unsigned>(c.month)),
                                  std::chrono::day(static_cast<unsigned>(c.day))};
  if (!ymd.ok()) return bad();
  return from_utc(c);
}

}  // namespace ox
