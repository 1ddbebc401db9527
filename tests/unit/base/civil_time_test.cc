#include "common/base/civil_time.h"

#include <cstdlib>
#include <ctime>

#include <doctest/doctest.h>

#include "tests/unit/base/quoted.h"

namespace ox {

TEST_CASE("a time becomes its UTC date and comes back") {
  struct Row {
    std::int64_t micros;
    const char* iso;
    const char* date;
  };
  const Row rows[] = {
      {0, "1970-01-01T00:00:00.000000Z", "19700101"},
      {1'500'000'000'250'000, "2017-07-14T02:40:00.250000Z", "20170714"},
      {951'782'400'000'000, "2000-02-29T00:00:00.000000Z", "20000229"},
      {1'709'164'799'999'999, "2024-02-28T23:59:59.999999Z", "20240228"},
      {4'102'444'800'000'000, "2100-01-01T00:00:00.000000Z", "21000101"},
      {-1, "1969-12-31T23:59:59.999999Z", "19691231"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.iso);
    CHECK(format_iso_utc(Micros(row.micros)) == row.iso);
    CHECK(format_date(Micros(row.micros)) == row.date);
    CHECK(from_utc(to_utc(Micros(row.micros))).count() == row.micros);
  }
}

TEST_CASE("every day of four centuries comes back as itself") {
  for (std::int64_t day = -36'525; day < 146'097 - 36'525; ++day) {
    WallTime t = std::chrono::hours(24 * day) + Seconds(86'399);
    if (from_utc(to_utc(t)) != t) FAIL("day ", day);
  }
}

TEST_CASE("dates are read as UTC") {
  CHECK(parse_date("20170714")->count() == 1'499'990'400'000'000);
  CHECK(parse_date("20170714 02:40")->count() == 1'500'000'000'000'000);
  CHECK(parse_date("20170714T02:40")->count() == 1'500'000'000'000'000);
  CHECK(parse_date("20240229").ok());
  for (const char* text : {"", "2017", "2017-07-14", "20170230", "20230229", "20171301", "20170700",
                           "20170714 24:00", "20170714 02:60", "20170714 0240", "20170714  2:40",
                           "2017071a", "20170714 02:40:00", "yesterday"}) {
    CAPTURE(text);
    auto date = parse_date(text);
    REQUIRE_FALSE(date.ok());
    CHECK(date.status().message().find(quoted(text)) != std::string::npos);
  }
}

TEST_CASE("local time omits a zero fraction and keeps another") {
  ::setenv("TZ", "XYZ-2", 1);  // two hours east of Greenwich
  ::tzset();
  CHECK(format_local(Seconds(1'500'000'000)) == "2017-07-14 04:40:00");
  CHECK(format_local(Micros(1'500'000'000'250'000)) == "2017-07-14 04:40:00.250000");
  ::unsetenv("TZ");
  ::tzset();
}

}  // namespace ox
