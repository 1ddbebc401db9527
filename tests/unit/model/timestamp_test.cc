#include "common/ingest/model/timestamp.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "common/ingest/model/pack.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

constexpr std::int64_t kMicros = 1'500'000'000'250'000;

std::int64_t parsed(std::string_view text) {
  auto at = parse_timestamp(text);
  CAPTURE(text);
  REQUIRE_MESSAGE(at.ok(), at.status().message());
  CHECK(at->seconds == to_seconds(at->at));
  return at->at.count();
}

std::int64_t from_json(std::string_view json) {
  std::string bytes = packed(json);
  auto at = timestamp_from(RawValue(bytes));
  CAPTURE(json);
  REQUIRE_MESSAGE(at.ok(), at.status().message());
  return at->at.count();
}

TEST_CASE("times are what CPython's datetime makes of the same seconds and texts") {
  for (const std::string& record : read_cases("python_times.jsonl")) {
    RawValue value(record);
    std::string expected = text_at(record, "text");
    if (auto seconds = value.find("seconds")) {
      auto at = timestamp_from_seconds(*seconds->as_number());
      CAPTURE(*seconds->as_number());
      REQUIRE(at);
      CHECK(format_python_utc(at->at) == expected);
      CHECK(at->seconds == *seconds->as_number());
    } else {
      CHECK(format_python_utc(WallTime(parsed(text_at(record, "iso")))) == expected);
    }
  }
}

TEST_CASE("one instant in every form") {
  for (std::string_view text :
       {"2017-07-14T02:40:00.250Z", "2017-07-14t02:40:00.25z", "2017-07-14 02:40:00.250",
        "2017-07-14 02:40:00,250", "2017-07-14T02:40:00.250000000Z",
        "2017-07-14T02:40:00.250000999Z", "2017-07-14T04:40:00.25+02:00",
        "2017-07-14T04:40:00.25+0200", "2017-07-14T04:40:00.25+02", "2017-07-14 04:40:00.25 +0200",
        "2017-07-13T21:10:00.25-05:30", "20170714T024000.25Z", "  2017-07-14T02:40:00.250Z\r\n"})
    CHECK(parsed(text) == kMicros);
  CHECK(parsed("2017-07-14") == 1'499'990'400'000'000);
  CHECK(parsed("2017-07-14T02:40") == 1'500'000'000'000'000);
  CHECK(parsed("2016-12-31T23:59:60Z") == 1'483'228'800'000'000);
}

TEST_CASE("what is no time is refused with its text") {
  for (std::string_view text : {"",
                                " ",
                                "x",
                                "2019--14 18:49:-- Z",
                                "2017-13-01",
                                "2017-00-01",
                                "2017-02-29",
                                "2017-04-31",
                                "2017-07-14T24:00:00Z",
                                "2017-07-14T02:60:00Z",
                                "2017-07-14T02:40:61Z",
                                "2017-07-14T",
                                "2017-07-14T02",
                                "2017-07-14T02:40:00.Z",
                                "2017-07-14T02:40:00.1234567890Z",
                                "2017-07-14T02:40:00+2",
                                "2017-07-14T02:40:00+24:00",
                                "2017-07-14T02:40:00+02:60",
                                "2017-07-14T02:40:00+02:",
                                "2017-07-14T02:40:00ZZ",
                                "2017-07-14X02:40:00Z",
                                "17-07-14",
                                "0000-01-01",
                                "0001-01-01T00:00:00+00:01",
                                "9999-12-31T23:59:59-00:01",
                                "2017-7-14",
                                "2017-07-14T2:40:00Z",
                                "12017-07-14"}) {
    auto at = parse_timestamp(text);
    CAPTURE(text);
    CHECK(!at.ok());
    CHECK(at.status().message() == "not a time: \"" + std::string(text) + "\"");
  }
}

TEST_CASE("numbers are seconds, milli-, micro- or nanoseconds by their magnitude") {
  for (std::string_view json :
       {"1500000000.25", "1500000000250", "1500000000250.0", "1500000000250000",
        "1500000000250000000", "15000000002500000000", "\"1500000000.25\"", "\"1500000000250\"",
        "\"15000000002500000000\"", "\"2017-07-14T02:40:00.250Z\""})
    CHECK(from_json(json) == kMicros);
  CHECK(from_json("-1.5") == -1'500'000);
  CHECK(from_json("-1500000000250") == -kMicros);
  CHECK(from_json("0") == 0);
  CHECK(from_json("99999999999") == 99'999'999'999 * 1'000'000);
  CHECK(from_json("1500000000250000999") == kMicros);
}

TEST_CASE("numbers that are no time are refused") {
  CHECK(!timestamp_from_double(std::numeric_limits<double>::quiet_NaN()));
  CHECK(!timestamp_from_double(std::numeric_limits<double>::infinity()));
  CHECK(!timestamp_from_double(-std::numeric_limits<double>::infinity()));
  CHECK(!timestamp_from_double(1e300));
  CHECK(!timestamp_from_int(-99'999'999'999));
  CHECK(!timestamp_from_seconds(253'402'300'800.0));
  CHECK(timestamp_from_int(std::numeric_limits<std::int64_t>::min()));
  CHECK(timestamp_from_uint(std::numeric_limits<std::uint64_t>::max()));
  for (std::string_view json : {"null", "true", "[]", "{}", "\"1e999\"", "\"nan\"", "\"0x10\""}) {
    std::string bytes = packed(json);
    CAPTURE(json);
    CHECK(!timestamp_from(RawValue(bytes)).ok());
  }
}

}  // namespace
}  // namespace ox
