#include "common/read/api/logger/period.h"

#include <chrono>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/base/civil_time.h"

namespace ox {
namespace {

constexpr std::size_t kQuotedKey = 64;

// The digits of a key, if it has the form of one: marks where they belong, or none at all.
std::string digits_of(std::string_view key, std::string_view form) {
  std::string out;
  const bool bare = key.find_first_not_of("0123456789") == std::string_view::npos;
  if (!bare && key.size() != form.size()) return {};
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (is_digit(key[i]))
      out.push_back(key[i]);
    else if (key[i] != form[i])
      return {};
    if (!bare && is_digit(key[i]) != is_digit(form[i])) return {};
  }
  std::size_t wanted = 0;
  for (char c : form)
    if (is_digit(c)) ++wanted;
  return out.size() == wanted ? out : std::string();
}

int number_at(std::string_view digits, std::size_t at, std::size_t n) {
  int out = 0;
  for (char c : digits.substr(at, n)) out = out * 10 + (c - '0');
  return out;
}

std::string_view form_of(LoggerPeriod::Unit unit) {
  switch (unit) {
    case LoggerPeriod::Unit::kMinute:
      return "0000-00-00T00:00";
    case LoggerPeriod::Unit::kHour:
      return "0000-00-00T00";
    case LoggerPeriod::Unit::kDay:
      break;
  }
  return "0000-00-00";
}

}  // namespace

Result<LoggerPeriod> LoggerPeriod::parse(Unit unit, std::string_view key) {
  const std::string digits = digits_of(key, form_of(unit));
  CivilTime c;
  if (!digits.empty()) {
    c.year = number_at(digits, 0, 4);
    c.month = number_at(digits, 4, 2);
    c.day = number_at(digits, 6, 2);
    if (unit != Unit::kDay) c.hour = number_at(digits, 8, 2);
    if (unit == Unit::kMinute) c.minute = number_at(digits, 10, 2);
  }
  const std::chrono::year_month_day date{std::chrono::year(c.year),
                                         std::chrono::month(static_cast<unsigned>(c.month)),
                                         std::chrono::day(static_cast<unsigned>(c.day))};
  if (digits.empty() || c.year < 1 || !date.ok() || c.hour > 23 || c.minute > 59) {
    LoggerPeriod example{unit, Seconds(1'512'036'900)};
    return Status(Code::kInvalid,
                  fmt::format("'{}' is no {}, such as {}", key.substr(0, kQuotedKey),
                              example.unit_name(), example.key()));
  }
  return LoggerPeriod{unit, from_utc(c)};
}

LoggerPeriod LoggerPeriod::of(Unit unit, WallTime time) {
  LoggerPeriod out{unit, {}};
  const Micros length = out.length();
  WallTime into = time % length;
  if (into < WallTime(0)) into += length;
  out.start = time - into;
  return out;
}

Micros LoggerPeriod::length() const {
  switch (unit) {
    case Unit::kMinute:
      return std::chrono::minutes(1);
    case Unit::kHour:
      return std::chrono::hours(1);
    case Unit::kDay:
      break;
  }
  return std::chrono::hours(24);
}

std::string LoggerPeriod::key() const {
  return format_period_time(start).substr(0, form_of(unit).size());
}

std::string_view LoggerPeriod::unit_name() const {
  switch (unit) {
    case Unit::kMinute:
      return "minute";
    case Unit::kHour:
      return "hour";
    case Unit::kDay:
      break;
  }
  return "day";
}

std::string format_period_time(WallTime time) {
  const CivilTime c = to_utc(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour,
                     c.minute, c.second);
}

}  // namespace ox
