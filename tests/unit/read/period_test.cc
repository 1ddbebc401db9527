#include "common/read/api/logger/period.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

using Unit = LoggerPeriod::Unit;

std::string parsed(Unit unit, std::string_view key) {
  auto period = LoggerPeriod::parse(unit, key);
  return period.ok() ? format_period_time(period->start) + " " + format_period_time(period->end())
                     : "no " + period.status().message();
}

TEST_CASE("minutes, hours and days are named with their marks or without") {
  for (const char* key : {"2017-11-30T10:15", "201711301015"})
    CHECK(parsed(Unit::kMinute, key) == "2017-11-30T10:15:00Z 2017-11-30T10:16:00Z");
  for (const char* key : {"2017-11-30T10", "2017113010"})
    CHECK(parsed(Unit::kHour, key) == "2017-11-30T10:00:00Z 2017-11-30T11:00:00Z");
  for (const char* key : {"2017-11-30", "20171130"})
    CHECK(parsed(Unit::kDay, key) == "2017-11-30T00:00:00Z 2017-12-01T00:00:00Z");
  CHECK(parsed(Unit::kMinute, "2016-02-29T23:59") == "2016-02-29T23:59:00Z 2016-03-01T00:00:00Z");
}

TEST_CASE("what is no period is refused with an example") {
  for (const char* key :
       {"", "x", "2017-11-30", "2017-11-30T10", "2017-11-30T10:15Z", "2017-11-30 10:15",
        "2017-11-30T10:60", "2017-11-30T24:00", "2017-02-29T10:15", "2017-13-01T10:15",
        "0000-01-01T00:00", "20171130101", "2017113010155", "2017-11-3010:15", "2017x11x30x10x15",
        "+201711301015", "2017-1-30T10:155"}) {
    CAPTURE(key);
    CHECK(parsed(Unit::kMinute, key) ==
          "no '" + std::string(key) + "' is no minute, such as 2017-11-30T10:15");
  }
  CHECK(parsed(Unit::kDay, "2017-11-31") == "no '2017-11-31' is no day, such as 2017-11-30");
  CHECK(LoggerPeriod::parse(Unit::kHour, std::string(10'000, '7')).status().message().size() < 200);
}

TEST_CASE("periods follow each other, and every time is in one") {
  const LoggerPeriod minute = LoggerPeriod::of(Unit::kMinute, Seconds(1'512'036'930));
  CHECK(minute.key() == "2017-11-30T10:15");
  CHECK(minute.next().key() == "2017-11-30T10:16");
  CHECK(minute.previous().key() == "2017-11-30T10:14");
  CHECK(LoggerPeriod::of(Unit::kDay, Micros(-1)).key() == "1969-12-31");
  CHECK(LoggerPeriod::of(Unit::kHour, minute.start).key() == "2017-11-30T10");
  CHECK(LoggerPeriod::of(Unit::kMinute, minute.start).start == minute.start);
}

}  // namespace
}  // namespace ox
