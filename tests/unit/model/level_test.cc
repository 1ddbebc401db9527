#include "common/ingest/model/level.h"

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

std::optional<int> level_of(std::string_view json, LevelScale scale = LevelScale::kPython) {
  std::string bytes = packed(json);
  return level_from(RawValue(bytes), scale);
}

TEST_CASE("names of all systems have one level, in any case") {
  CHECK(level_from_name("emerg") == 70);
  CHECK(level_from_name("Emergency") == 70);
  CHECK(level_from_name("PANIC") == 70);
  CHECK(level_from_name("alert") == 60);
  CHECK(level_from_name("EXTREME") == 60);
  CHECK(level_from_name("critical") == 50);
  CHECK(level_from_name("CRIT") == 50);
  CHECK(level_from_name("fatal") == 50);
  CHECK(level_from_name("ERROR") == 40);
  CHECK(level_from_name("err") == 40);
  CHECK(level_from_name("warn") == 30);
  CHECK(level_from_name("Warning") == 30);
  CHECK(level_from_name("notice") == 25);
  CHECK(level_from_name("OK") == 25);
  CHECK(level_from_name("info") == 20);
  CHECK(level_from_name("informational") == 20);
  CHECK(level_from_name("information") == 20);
  CHECK(level_from_name("debug") == 10);
  CHECK(level_from_name("TRACE") == 5);
  CHECK(level_from_name("NotSet") == 0);
  CHECK(level_from_name(" info\n") == 20);
  CHECK(!level_from_name("bogus"));
  CHECK(!level_from_name(""));
  CHECK(!level_from_name("inf"));
}

TEST_CASE("numbers mean what their scale says") {
  const int syslog[] = {70, 60, 50, 40, 30, 25, 20, 10};
  for (int i = 0; i < 8; ++i) CHECK(level_from_number(i, LevelScale::kSyslog) == syslog[i]);
  CHECK(!level_from_number(8, LevelScale::kSyslog));
  CHECK(!level_from_number(-1, LevelScale::kSyslog));
  const int old[] = {5, 10, 0, 20, 25, 30, 40, 50, 60};
  for (int i = -4; i <= 4; ++i) CHECK(level_from_number(i, LevelScale::kEventlogOld) == old[i + 4]);
  CHECK(!level_from_number(5, LevelScale::kEventlogOld));
  CHECK(!level_from_number(-5, LevelScale::kEventlogOld));
  CHECK(level_from_number(15, LevelScale::kPython) == 15);
  CHECK(level_from_number(255, LevelScale::kPython) == 255);
  CHECK(!level_from_number(256, LevelScale::kPython));
  CHECK(!level_from_number(-1, LevelScale::kPython));
}

TEST_CASE("OpenTelemetry's severities never change their order") {
  int before = 0;
  for (int i = 1; i <= 24; ++i) {
    int level = *level_from_number(i, LevelScale::kOtlp);
    CHECK(level >= before);
    before = level;
  }
  CHECK(level_from_number(1, LevelScale::kOtlp) == 5);
  CHECK(level_from_number(5, LevelScale::kOtlp) == 10);
  CHECK(level_from_number(9, LevelScale::kOtlp) == 20);
  CHECK(level_from_number(10, LevelScale::kOtlp) == 25);
  CHECK(level_from_number(13, LevelScale::kOtlp) == 30);
  CHECK(level_from_number(17, LevelScale::kOtlp) == 40);
  CHECK(level_from_number(21, LevelScale::kOtlp) == 50);
  CHECK(!level_from_number(0, LevelScale::kOtlp));
  CHECK(!level_from_number(25, LevelScale::kOtlp));
}

TEST_CASE("a level may come as a number, a name, or digits in text") {
  CHECK(level_of("40") == 40);
  CHECK(level_of("40.0") == 40);
  CHECK(level_of("\"40\"") == 40);
  CHECK(level_of("\"error\"") == 40);
  CHECK(level_of("\"3\"", LevelScale::kSyslog) == 40);
  for (std::string_view json :
       {"40.5", "null", "true", "[]", "{}", "\"\"", "\"4x\"", "1e300", "NaN"})
    CHECK_MESSAGE(!level_of(json), json);
}

TEST_CASE("a level between two has the name of the lower one") {
  CHECK(level_name(70) == "EMERGENCY");
  CHECK(level_name(255) == "EMERGENCY");
  CHECK(level_name(40) == "ERROR");
  CHECK(level_name(39) == "WARNING");
  CHECK(level_word(20) == "info");
  CHECK(level_name(1) == "NOTSET");
  CHECK(level_name(-5) == "NOTSET");
  CHECK(syslog_severity(50) == 2);
  CHECK(syslog_severity(5) == 7);
}

}  // namespace
}  // namespace ox
