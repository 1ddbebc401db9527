#include "common/ingest/syslog/syslog_time.h"

#include <cstdlib>
#include <ctime>
#include <string>

#include <doctest/doctest.h>

#include "common/base/civil_time.h"

namespace ox {
namespace {

// This machine's zone, for a while.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    if (before_.empty())
      ::unsetenv("TZ");
    else
      ::setenv("TZ", before_.c_str(), 1);
    ::tzset();
  }

 private:
  std::string before_;
};

std::string rfc3339(std::string_view text) {
  auto time = parse_rfc3339(text);
  return time ? format_iso_utc(*time) : "none";
}

WallTime at(int year, int month, int day, int hour = 12) {
  return from_utc({.year = year, .month = month, .day = day, .hour = hour});
}

// In UTC, with what is left.
std::string rfc3164(std::string_view text, WallTime now, SyslogClock&& clock = SyslogClock()) {
  const std::string_view before = text;
  auto time = clock.take_rfc3164(text, now);
  if (!time) {
    CHECK(text == before);
    return "none";
  }
  return format_iso_utc(*time).substr(0, 19) + "|" + std::string(text);
}

TEST_CASE("RFC 3339") {
  CHECK(rfc3339("2003-10-11T22:14:15.003Z") == "2003-10-11T22:14:15.003000Z");
  CHECK(rfc3339("2003-08-24T05:14:15.000003-07:00") == "2003-08-24T12:14:15.000003Z");
  CHECK(rfc3339("1985-04-12T23:20:50.52Z") == "1985-04-12T23:20:50.520000Z");
  CHECK(rfc3339("2020-02-29T00:00:00+05:30") == "2020-02-28T18:30:00.000000Z");
  CHECK(rfc3339("2003-10-11t22:14:15.003456789z") == "2003-10-11T22:14:15.003456Z");
  CHECK(rfc3339("1969-12-31T23:59:59Z") == "1969-12-31T23:59:59.000000Z");
  CHECK(rfc3339("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000000Z");
}

TEST_CASE("what is no RFC 3339") {
  for (const char* text : {"", "-", "2003-10-11", "2003-10-11 22:14:15Z", "2003-13-11T22:14:15Z",
                           "2003-02-29T22:14:15Z", "2003-10-11T24:14:15Z", "2003-10-11T22:60:15Z",
                           "2003-10-11T22:14:15.Z", "2003-10-11T22:14:15+25:00",
                           "2003-10-11T22:14:15Zx", "Feb  5 17:32:18"})
    CHECK_MESSAGE(rfc3339(text) == "none", text);
}

TEST_CASE("RFC 3164, with the ways of writing the day") {
  Zone zone("UTC");
  const WallTime now = at(2024, 2, 6);
  CHECK(rfc3164("Feb  5 17:32:18 x", now) == "2024-02-05T17:32:18|x");
  CHECK(rfc3164("Feb 05 17:32:18 x", now) == "2024-02-05T17:32:18|x");
  CHECK(rfc3164("Feb 5 17:32:18 x", now) == "2024-02-05T17:32:18|x");
  CHECK(rfc3164("Feb 15 17:32:18", now) == "2024-02-15T17:32:18|");
  CHECK(rfc3164("Feb 15 17:32:18.25 x", now) == "2024-02-15T17:32:18|x");
}

TEST_CASE("the year is the one in which it is nearest") {
  Zone zone("UTC");
  CHECK(rfc3164("Dec 31 23:59:59 x", at(2024, 1, 1, 0)) == "2023-12-31T23:59:59|x");
  CHECK(rfc3164("Jan  1 00:00:01 x", at(2023, 12, 31, 23)) == "2024-01-01T00:00:01|x");
  CHECK(rfc3164("Jul  1 00:00:00 x", at(2024, 1, 2)) == "2024-07-01T00:00:00|x");
  CHECK(rfc3164("Jul 10 00:00:00 x", at(2024, 1, 2)) == "2023-07-10T00:00:00|x");
  // Nearest of the years that have that day.
  CHECK(rfc3164("Feb 29 00:00:00 x", at(2023, 3, 1)) == "2024-02-29T00:00:00|x");
  CHECK(rfc3164("Feb 29 00:00:00 x", at(2025, 3, 1)) == "2024-02-29T00:00:00|x");
  CHECK(rfc3164("Feb 29 00:00:00 x", at(2022, 3, 1)) == "none");
}

TEST_CASE("the zone is this machine's, summer and winter") {
  Zone zone("Europe/Berlin");
  CHECK(rfc3164("Feb  5 17:32:18 x", at(2024, 2, 6)) == "2024-02-05T16:32:18|x");
  CHECK(rfc3164("Jul  5 17:32:18 x", at(2024, 7, 6)) == "2024-07-05T15:32:18|x");
}

TEST_CASE("one clock serves many messages in any order") {
  Zone zone("Europe/Berlin");
  SyslogClock clock;
  const WallTime now = at(2024, 3, 31, 3);
  for (int i = 0; i < 3; ++i) {
    for (auto [text, seconds] :
         {std::pair("Mar 31 01:59:59 x", 59 * 60 + 59), std::pair("Mar 31 03:00:00 x", 3600),
          std::pair("Mar 31 03:00:01 x", 3601)}) {
      std::string_view rest = text;
      auto time = clock.take_rfc3164(rest, now);
      REQUIRE(time);
      CHECK(*time == at(2024, 3, 31, 0) + Seconds(seconds));
    }
  }
  // Another year, later.
  std::string_view rest = "Mar 31 03:00:01 x";
  CHECK(*clock.take_rfc3164(rest, at(2025, 3, 30)) == at(2025, 3, 31, 1) + Seconds(1));
}

TEST_CASE("what is no RFC 3164") {
  for (const char* text :
       {"", "Feb", "Feb  5", "Feb  5 17:32:1", "Feb  0 17:32:18 x", "Feb 32 17:32:18 x",
        "Feb 5x 17:32:18 x", "Feb  5 24:32:18 x", "Feb  5 17:60:18 x", "Feb  5 17:32:61 x",
        "Feb  5 17.32.18 x", "feb  5 17:32:18 x", "Feb   5 17:32:18 x", "Feb  5 17:32:18x",
        "Foo  5 17:32:18 x", "Apr 31 17:32:18 x", "Feb           x"})
    CHECK_MESSAGE(rfc3164(text, at(2024, 2, 6)) == "none", text);
}

}  // namespace
}  // namespace ox
