#include "common/base/quantity.h"

#include <doctest/doctest.h>

#include "tests/unit/base/quoted.h"

namespace ox {

TEST_CASE("sizes are read in powers of 1000 and of 1024") {
  struct Row {
    const char* text;
    std::uint64_t bytes;
  };
  const Row rows[] = {
      {"0", 0},
      {"17", 17},
      {"17B", 17},
      {"1kB", 1000},
      {"1KB", 1000},
      {"2MB", 2'000'000},
      {"1GB", 1'000'000'000},
      {"1TB", 1'000'000'000'000},
      {"1K", kKiB},
      {"64KiB", 64 * kKiB},
      {"8M", 8 * kMiB},
      {"512 MiB", 512 * kMiB},
      {"1.5GiB", kGiB + kGiB / 2},
      {"2T", 2048 * kGiB},
      {"unlimited", kUnlimited},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    auto size = parse_size(row.text);
    REQUIRE(size.ok());
    CHECK(*size == row.bytes);
  }
}

TEST_CASE("what is no size is refused with its text in the message") {
  for (const char* text : {"", "KiB", "-1", "1KiBs", "1 kib", "1e3", "nan", "inf", "0x10",
                           "99999999999TiB", "1..5", "one"}) {
    CAPTURE(text);
    auto size = parse_size(text);
    REQUIRE_FALSE(size.ok());
    CHECK(size.status().message().find(quoted(text)) != std::string::npos);
  }
}

TEST_CASE("durations are read with their units") {
  struct Row {
    const char* text;
    std::int64_t micros;
  };
  const Row rows[] = {
      {"0", 0},
      {"7us", 7},
      {"5ms", 5000},
      {"1.5s", 1'500'000},
      {"2", 2'000'000},
      {"10 s", 10'000'000},
      {"3m", 180'000'000},
      {"2h", 7'200'000'000},
      {"7d", 604'800'000'000},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    auto duration = parse_duration(row.text);
    REQUIRE(duration.ok());
    CHECK(duration->count() == row.micros);
  }
  for (const char* text : {"", "s", "-1s", "1w", "5 minutes", "nan", "inf", "1e300", "9e99d"}) {
    CAPTURE(text);
    auto duration = parse_duration(text);
    REQUIRE_FALSE(duration.ok());
    CHECK(duration.status().message().find(quoted(text)) != std::string::npos);
  }
}

TEST_CASE("sizes and durations are printed for people") {
  CHECK(format_size(0) == "0 B");
  CHECK(format_size(1023) == "1023 B");
  CHECK(format_size(1536) == "1.5 KiB");
  CHECK(format_size(512 * kMiB) == "512.0 MiB");
  CHECK(format_size(5000 * kGiB) == "4.9 TiB");
  CHECK(format_size(kUnlimited) == "unlimited");
  CHECK(format_duration(Micros(7)) == "7us");
  CHECK(format_duration(Millis(5)) == "5ms");
  CHECK(format_duration(Micros(1500)) == "1.5ms");
  CHECK(format_duration(Millis(1500)) == "1500ms");
  CHECK(format_duration(Seconds(90)) == "90s");
  CHECK(format_duration(Seconds(3600)) == "1h");
  CHECK(format_duration(Seconds(604'800)) == "7d");
}

}  // namespace ox
