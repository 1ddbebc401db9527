#include "common/ingest/syslog/syslog_time.h"

#include <array>
#include <cstdlib>

#include "common/base/ascii.h"
#include "common/base/civil_time.h"
#include "common/ingest/model/timestamp.h"

namespace ox {
namespace {

constexpr std::int64_t kMicrosOfSecond = 1'000'000;
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Two digits at `p`; negative when there are none.
int two_digits(const char* p) {
  if (!is_digit(p[0]) || !is_digit(p[1])) return -1;
  return (p[0] - '0') * 10 + (p[1] - '0');
}

int month_of(std::string_view text) {
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (text == kMonths[i]) return static_cast<int>(i) + 1;
  return -1;
}

// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible
// low-level date algorithms", days_from_civil).
std::int64_t days_of(int year, int month, int day) {
  const int y = year - (month <= 2 ? 1 : 0);
  const int era = y / 400;  // years are positive here
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146097 + day_of_era - 719468;
}

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// The form that nearly all senders use, fast: "2003-10-11T22:14:15", a fraction of up to six
// digits, Z or +hh:mm. Nothing for all others.
std::optional<WallTime> parse_usual(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':')
    return {};
  const char* p = text.data();
  const int century = two_digits(p);
  const int years = two_digits(p + 2);
  const int month = two_digits(p + 5);
  const int day = two_digits(p + 8);
  const int hour = two_digits(p + 11);
  const int minute = two_digits(p + 14);
  const int second = two_digits(p + 17);
  const int year = century * 100 + years;
  if (century < 1 || years < 0 || month < 1 || month > 12 || day < 1 ||
      day > days_in(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 59)
    return {};
  std::size_t at = 19;
  std::int64_t micros = 0;
  if (text[at] == '.') {
    std::int64_t unit = kMicrosOfSecond;
    for (++at; at < text.size() && is_digit(text[at]); ++at) {
      unit /= 10;
      micros += (text[at] - '0') * unit;
    }
    if (unit == kMicrosOfSecond || unit == 0) return {};
  }
  std::int64_t offset = 0;
  const std::string_view zone = text.substr(at);
  if (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':') {
    const int hours = two_digits(zone.data() + 1);
    const int minutes = two_digits(zone.data() + 4);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return {};
    offset = (hours * 60 + minutes) * (zone[0] == '-' ? -60 : 60);
  } else if (zone != "Z") {
    return {};
  }
  const std::int64_t seconds =
      days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
  return WallTime(seconds * kMicrosOfSecond + micros);
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  if (auto usual = parse_usual(text)) return usual;
  if (text.size() < 19 || (text[10] != 'T' && text[10] != 't')) return {};
  auto parsed = parse_timestamp(text);
  if (!parsed.ok()) return {};
  return parsed->at;
}

std::optional<WallTime> SyslogClock::take_rfc3164(std::string_view& text, WallTime now) {
  std::string_view rest = text;
  const int month = month_of(rest.substr(0, 3));
  if (month < 0 || rest.size() < 14 || rest[3] != ' ') return {};
  rest.remove_prefix(4);
  // "Feb  5", "Feb 05", "Feb 5", "Feb 15".
  if (rest[0] == ' ') rest.remove_prefix(1);
  int day = 0;
  std::size_t digits = 0;
  while (digits < 2 && is_digit(rest[digits])) day = day * 10 + (rest[digits++] - '0');
  if (digits == 0 || day < 1 || day > 31 || rest.size() < digits + 9 || rest[digits] != ' ')
    return {};
  rest.remove_prefix(digits + 1);
  if (rest[2] != ':' || rest[5] != ':') return {};
  const int hour = two_digits(rest.data());
  const int minute = two_digits(rest.data() + 3);
  int second = two_digits(rest.data() + 6);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return {};
  rest.remove_prefix(8);
  std::int64_t micros = 0;
  if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) {
    std::int64_t unit = kMicrosOfSecond;
    for (rest.remove_prefix(1); !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1)) {
      unit /= 10;
      micros += (rest[0] - '0') * unit;
    }
  }
  if (!rest.empty() && rest[0] != ' ') return {};
  auto start = minute_start(month, day, hour, minute, now);
  if (!start) return {};
  if (!rest.empty()) rest.remove_prefix(1);
  text = rest;
  return WallTime((*start + second) * kMicrosOfSecond + micros);
}

std::optional<std::int64_t> SyslogClock::minute_start(int month, int day, int hour, int minute,
                                                      WallTime now) {
  const std::int64_t now_seconds = now.count() / kMicrosOfSecond;
  const int key = ((month * 32 + day) * 24 + hour) * 60 + minute;
  const std::int64_t now_hour = now_seconds / 3600;
  if (key == key_ && now_hour == now_hour_) return start_;
  std::tm here{};
  const std::time_t at = static_cast<std::time_t>(now_seconds);
  if (localtime_r(&at, &here) == nullptr) return {};
  std::optional<std::int64_t> best;
  for (int year = here.tm_year - 1; year <= here.tm_year + 1; ++year) {
    if (day > days_in(year + 1900, month)) continue;
    std::tm local{};
    local.tm_year = year;
    local.tm_mon = month - 1;
    local.tm_mday = day;
    local.tm_hour = hour;
    local.tm_min = minute;
    local.tm_isdst = -1;
    const std::int64_t seconds = std::mktime(&local);
    if (!best || std::llabs(seconds - now_seconds) < std::llabs(*best - now_seconds))
      best = seconds;
  }
  key_ = key;
  now_hour_ = now_hour;
  start_ = best;
  return best;
}

}  // namespace ox
