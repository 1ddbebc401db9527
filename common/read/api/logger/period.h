#pragma once
// The minutes, hours and days, UTC, by which Logger's events are read.
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

struct LoggerPeriod {
  enum class Unit { kMinute, kHour, kDay };

  Unit unit = Unit::kMinute;
  WallTime start{};

  // "2017-11-30T10:15" or "201711301015"; "2017-11-30T10" or "2017113010"; "2017-11-30" or
  // "20171130". Error: kInvalid, quoting it.
  static Result<LoggerPeriod> parse(Unit unit, std::string_view key);
  static LoggerPeriod of(Unit unit, WallTime time);

  WallTime end() const { return start + length(); }
  LoggerPeriod next() const { return {unit, end()}; }
  LoggerPeriod previous() const { return {unit, start - length()}; }
  Micros length() const;
  // As parse() reads it, in the longer form.
  std::string key() const;
  std::string_view unit_name() const;  // "minute"
};

// "2017-11-30T10:15:00Z".
std::string format_period_time(WallTime time);

}  // namespace ox
