#include "common/read/api/logger/logger_event.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

std::string shown(const std::string& json) {
  const std::string event = packed(json);
  auto seen = LoggerEvent::of(EventSlices::of(event));
  std::string out;
  if (seen) seen->append_json(out);
  return out;
}

LoggerOrder order_of(const std::string& json) {
  const std::string event = packed(json);
  return LoggerOrder::of(*LoggerEvent::of(EventSlices::of(event)));
}

TEST_CASE("an event of Logger's is shown as it was posted") {
  CHECK(shown(R"({"id": "web:20171130T101530.123000Z:0", "end": 1512036930.123, "type": "logger",
                  "body": {"level": 30, "level_name": "warning", "name": "web", "message": "e",
                           "facility": "web", "timestamp": "2017-11-30T11:15:30.123+01:00",
                           "event": "e", "received": 1512036931, "additional": {"k": [1]}}})") ==
        R"({"id": "web:20171130T101530.123000Z:0", "facility": "web", )"
        R"("timestamp": "2017-11-30T11:15:30.123+01:00", "level": "warn", "event": "e", )"
        R"("additional": {"k": [1]}, "received": "2017-11-30T10:15:31.000000Z"})");
}

TEST_CASE("a timestamp that was a number is shown as a time, and nothing additional as nothing") {
  CHECK(shown(R"({"id": "w:x:0", "end": 1512036930, "body": {"level": 20, "facility": "w",
                  "timestamp": 1512036930, "event": "e", "received": 1512036931}})") ==
        R"({"id": "w:x:0", "facility": "w", "timestamp": "2017-11-30T10:15:30.000000Z", )"
        R"("level": "info", "event": "e", "additional": {}, )"
        R"("received": "2017-11-30T10:15:31.000000Z"})");
}

TEST_CASE("other events are seen as if they had come by Logger") {
  CHECK(shown(R"({"id": 7, "type": "app", "end": 0, "body": {"message": "m", "x": 1}})") ==
        R"({"id": "7", "facility": "app", "timestamp": "1970-01-01T00:00:00.000000Z", )"
        R"("level": "debug", "event": "m", "additional": {"x": 1}, "received": null})");
  CHECK(shown(R"({"type": "app", "body": {}})").empty());
}

TEST_CASE("a level that is no level is none") {
  for (const char* level : {"2758700000", "-1e300", "\"high\"", "null"}) {
    CAPTURE(level);
    CHECK(shown(std::string(R"({"id": 7, "end": 0, "body": {"level": )") + level + "}}")
              .find(R"("level": "debug")") != std::string::npos);
  }
}

TEST_CASE("events of one time are in the order of their numbers") {
  const auto event = [](const std::string& id) {
    return order_of(R"({"end": 1, "body": {}, "id": ")" + id + R"("})");
  };
  CHECK(event("f:t:2") < event("f:t:10"));
  CHECK(event("e:t:10") < event("f:t:2"));
  CHECK(event("f:t:10") < order_of(R"({"end": 2, "body": {}, "id": "a:t:0"})"));
}

TEST_CASE("an id tells its time") {
  auto time = time_of_logger_id("a:b:20171130T101530.123000Z:17");
  REQUIRE(time);
  CHECK(time->time == Micros(1'512'036'930'123'000));
  CHECK(time->word == "20171130T101530");
  for (const char* other : {"", ":", "a:0", "20171130T101530.123000Z:0", "a:20171130T101530Z:0",
                            "a-20171130T101530.123000Z:0", "a:20171330T101530.123000Z:0"})
    CHECK_FALSE_MESSAGE(time_of_logger_id(other), other);
}

TEST_CASE("levels have Logger's words") {
  CHECK(logger_level_word(70) == "emerg");
  CHECK(logger_level_word(65) == "alert");
  CHECK(logger_level_word(50) == "crit");
  CHECK(logger_level_word(40) == "error");
  CHECK(logger_level_word(30) == "warn");
  CHECK(logger_level_word(25) == "notice");
  CHECK(logger_level_word(20) == "info");
  CHECK(logger_level_word(0) == "debug");
}

}  // namespace
}  // namespace ox
