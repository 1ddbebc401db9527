#include "common/ingest/retention.h"

#include <cstdlib>
#include <ctime>

#include <doctest/doctest.h>

#include "common/base/civil_time.h"

namespace ox {
namespace {

struct RetentionFixture {
  RetentionFixture() { clear(); }
  ~RetentionFixture() { clear(); }
  static void clear() {
    for (const char* name : {"LOGGER_RETENTION_DAYS", "CHRONOLOGER_RETENTION_DAYS", "TZ"})
      ::unsetenv(name);
    ::tzset();
  }
  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
  static TypeTemplates types(const char* api, const char* text) {
    return {{api, TypeTemplate::parse(text).value()}};
  }
};

std::string pattern(const char* text) {
  return TypeTemplate::parse(text).value().pattern("usual", "api").to_string();
}

}  // namespace

TEST_CASE_FIXTURE(RetentionFixture, "Logger's events are kept for 30 days, records for ever") {
  auto rules = retention_from_environment({});
  REQUIRE(rules.ok());
  REQUIRE(rules->size() == 1);
  const RetentionRule& rule = (*rules)[0];
  CHECK(rule.days == 30);
  CHECK(rule.scope.types.to_string() == "logger");
  CHECK(rule.scope.logger_ids);
  const CutoffRequest request = rule.request(Seconds(30 * 86400 + 5));
  CHECK(request.scope.before == 5.0);
  CHECK_FALSE(request.count);
}

TEST_CASE_FIXTURE(RetentionFixture, "0 is for ever, and what is no number is refused by name") {
  set("LOGGER_RETENTION_DAYS", "0");
  CHECK(retention_from_environment({})->empty());
  set("CHRONOLOGER_RETENTION_DAYS", "7");
  auto rules = retention_from_environment({});
  REQUIRE(rules->size() == 1);
  CHECK((*rules)[0].scope.types.to_string() == "chronologer");
  CHECK_FALSE((*rules)[0].scope.logger_ids);
  for (const char* bad : {"-1", "1.5", "a", "1 ", "99999"}) {
    set("LOGGER_RETENTION_DAYS", bad);
    auto refused = retention_from_environment({});
    CHECK(refused.status().code() == Code::kInvalid);
    CHECK(refused.status().message().find("LOGGER_RETENTION_DAYS") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(RetentionFixture,
                  "of records, names that begin with nothing fixed are not guessed") {
  set("CHRONOLOGER_RETENTION_DAYS", "7");
  CHECK(retention_from_environment(types("chronologer", "{name}")).status().code() ==
        Code::kInvalid);
  auto rules = retention_from_environment(types("chronologer", "app.{name}"));
  REQUIRE(rules.ok());
  CHECK((*rules)[1].scope.types.to_string() == "app.*");
}

TEST_CASE_FIXTURE(RetentionFixture, "Logger's are known by their ids, whatever their types are") {
  CHECK(logger_scope(types("logger", "{name}")).types.to_string() == "*");
  CHECK(logger_scope(types("logger", "app.{name|}")).types.to_string() == "app*");
}

TEST_CASE("a template tells how its types begin") {
  CHECK(pattern("app") == "app");
  CHECK(pattern("app..db.") == "app.db");
  CHECK(pattern("{source}.{type}") == "api.usual");
  CHECK(pattern("{source}.{name}") == "api.*");
  CHECK(pattern("..a{host}") == "a*");
  CHECK(pattern("{name}.x") == "*");
  CHECK(pattern("a*b") == "a*");
  CHECK(pattern((std::string(100, 'x') + "{name}").c_str()) == std::string(63, 'x') + "*");
}

TEST_CASE_FIXTURE(RetentionFixture, "it is due at first, then at midnight where the machine is") {
  set("TZ", "UTC-2");  // two hours ahead of UTC
  ::tzset();
  RetentionSchedule schedule;
  WallTime now = from_utc({2026, 1, 10, 21, 0, 0, 0});
  CHECK(schedule.due(now, MonoTime(0)));
  schedule.done(now);
  CHECK_FALSE(schedule.due(now, MonoTime(0)));
  CHECK_FALSE(schedule.due(now + Seconds(3599), MonoTime(0)));
  CHECK(schedule.due(now + Seconds(3600), MonoTime(0)));
}

TEST_CASE_FIXTURE(RetentionFixture, "after a failure it is due again, later and later") {
  RetentionSchedule schedule;
  const WallTime now = Seconds(1'700'000'000);
  schedule.failed(Seconds(10));
  CHECK_FALSE(schedule.due(now, Seconds(10)));
  CHECK(schedule.due(now, Seconds(11)));
  schedule.failed(Seconds(11));
  CHECK_FALSE(schedule.due(now, Seconds(12)));
  CHECK(schedule.due(now, Seconds(13)));
  for (int i = 0; i < 20; ++i) schedule.failed(Seconds(20));
  CHECK(schedule.due(now, Seconds(20 + 300)));
}

}  // namespace ox
