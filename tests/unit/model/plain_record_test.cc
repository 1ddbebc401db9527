#include "common/ingest/model/plain_record.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// Of a sender at 10.0.0.1 that was heard at 1000.
std::string plain_event_of(const std::string& json, bool keep_time = false) {
  const std::string record = packed(json);
  ForeignEvent event;
  event.type = "t";
  event.host = "10.0.0.1";
  event.end = 1000;
  fill_plain_event(RawValue(record), event, keep_time);
  std::string out;
  REQUIRE(event.append_to(out).ok());
  return json_of(out);
}

std::string plain_event(const std::string& host, const std::string& pid, const std::string& end,
                        const std::string& body) {
  return R"({"type": "t", "host": ")" + host + "\", " + pid + R"("end": )" + end + R"(, "body": )" +
         body + "}";
}

TEST_CASE("a record's common names become the event's, and the rest is its body") {
  CHECK(plain_event_of(R"({"time": "2017-07-14T02:40:00.25Z", "level": "warn", "name": "shop",
                           "message": "slow", "host": "web-1", "pid": 7, "n": 3})") ==
        plain_event("web-1", R"("pid": 7, )", "1500000000.25",
                    R"({"level": 30, "level_name": "warn", "name": "shop", "message": "slow", )"
                    R"("time": "2017-07-14T02:40:00.25Z", "n": 3})"));
}

TEST_CASE("what has another name stays beside what is made of it") {
  CHECK(plain_event_of(R"({"msg": "hi", "severity": "error", "logger": "db", "hostname": "h"})") ==
        plain_event("h", "", "1000.0",
                    R"({"level": 40, "level_name": "error", "name": "db", "message": "hi", )"
                    R"("msg": "hi", "severity": "error", "logger": "db", "hostname": "h"})"));
}

TEST_CASE("names with dots are also found in maps") {
  const std::string flat = R"({"log.level": "INFO", "log.logger": "l", "host.name": "h"})";
  CHECK(plain_event_of(flat) == plain_event("h", "", "1000.0",
                                            R"({"level": 20, "name": "l", "log.level": "INFO", )"
                                            R"("log.logger": "l", "host.name": "h"})"));
  CHECK(plain_event_of(R"({"log": {"level": "INFO", "logger": "l"}, "host": {"name": "h"},
                           "process": {"pid": 3}})") ==
        plain_event("h", R"("pid": 3, )", "1000.0",
                    R"({"level": 20, "name": "l", "log": {"level": "INFO", "logger": "l"}, )"
                    R"("host": {"name": "h"}, "process": {"pid": 3}})"));
}

TEST_CASE("of several names for one thing the first in the table counts, wherever it stands") {
  CHECK(plain_event_of(R"({"log": "c", "msg": "b", "message": "a", "ts": 1, "@timestamp": 2})") ==
        plain_event("10.0.0.1", "", "2.0",
                    R"({"message": "a", "log": "c", "msg": "b", "ts": 1, "@timestamp": 2})"));
}

TEST_CASE("what does not fit is passed over, and stays") {
  CHECK(plain_event_of(R"({"time": "soon", "level": "bogus", "message": {"a": 1}, "host": "",
                           "name": 3, "pid": -1, "levelno": 30})") ==
        plain_event("10.0.0.1", "", "1000.0",
                    R"({"level": 30, "time": "soon", "level_": "bogus", "message": {"a": 1}, )"
                    R"("host": "", "name": 3, "pid": -1, "levelno": 30})"));
  CHECK(plain_event_of("{}") == plain_event("10.0.0.1", "", "1000.0", "{}"));
}

TEST_CASE("a date of anything else is not taken for the event's time") {
  CHECK(
      plain_event_of(R"({"created": "1970-01-02", "date": "1971-01-01"})") ==
      plain_event("10.0.0.1", "", "1000.0", R"({"created": "1970-01-02", "date": "1971-01-01"})"));
  CHECK(plain_event_of(R"({"date": 1500000000.25})") ==
        plain_event("10.0.0.1", "", "1500000000.25", R"({"date": 1500000000.25})"));
}

TEST_CASE("a time that is known goes before the record's") {
  CHECK(plain_event_of(R"({"time": 5})", true) ==
        plain_event("10.0.0.1", "", "1000.0", R"({"time": 5})"));
}

TEST_CASE("a key that comes twice is kept twice") {
  CHECK(plain_event_of(R"({"message": "a", "message": "b", "x": 1, "x": 2})") ==
        plain_event("10.0.0.1", "", "1000.0",
                    R"({"message": "a", "message_": "b", "x": 1, "x": 2})"));
}

}  // namespace
}  // namespace ox
