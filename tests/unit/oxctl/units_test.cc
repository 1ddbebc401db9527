#include "oxctl/units.h"

#include <limits>

#include <doctest/doctest.h>

using namespace ox;

TEST_CASE("counts are grouped by thousands") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1000) == "1,000");
  CHECK(format_count(1234567) == "1,234,567");
}

TEST_CASE("short numbers keep about three digits") {
  CHECK(format_short(0) == "0");
  CHECK(format_short(0.5) == "0.5");
  CHECK(format_short(12.4) == "12");
  CHECK(format_short(999.7) == "1.0k");
  CHECK(format_short(20'100) == "20.1k");
  CHECK(format_short(129'000) == "129k");
  CHECK(format_short(1.5e6) == "1.5M");
  CHECK(format_short(1.8e19) == "18.0E");
  CHECK(format_short(1e30) == "1.0e+30");
}

TEST_CASE("durations use the two units that matter") {
  CHECK(format_seconds(0) == "0 s");
  CHECK(format_seconds(0.012) == "12 ms");
  CHECK(format_seconds(1.25) == "1.2 s");
  CHECK(format_seconds(312) == "5m 12s");
  CHECK(format_seconds(3 * 3600 + 120) == "3h 02m");
  CHECK(format_seconds(2 * 86400 + 3 * 3600) == "2d 3h");
  CHECK(format_seconds(-2) == "-2.0 s");
}

TEST_CASE("figures nobody can have measured are shown as unknown, not as nonsense") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(format_short(nan) == "-");
  CHECK(format_bytes(-1) == "-");
  CHECK(format_bytes(1e30) == "1.0e+30 B");
  CHECK(format_seconds(inf) == "-");
  CHECK(format_seconds(1e300) == "1.0e+300 s");
  CHECK(format_unix_time(nan) == "?");
  CHECK(format_unix_time(1e18) == "?");
  CHECK(format_unix_time(-1e18) == "?");
  CHECK(seconds_since(nan, Seconds(0)) == 0);
  CHECK(seconds_since(-1e300, Seconds(0)) == 0);
}

TEST_CASE("ages are cut towards zero, as BlueOx cut them") {
  CHECK(seconds_since(10.5, Seconds(13)) == 2);
  CHECK(seconds_since(13.5, Seconds(13)) == 0);
  CHECK(seconds_since(15.5, Seconds(13)) == -2);
}
