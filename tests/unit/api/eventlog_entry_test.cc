#include "common/ingest/api/logger/eventlog_entry.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

constexpr WallTime kReceived = Seconds(1'512'036'931);  // 2017-11-30T10:15:31Z

std::string with(const std::string& more) {
  return R"({"facility": "web-frontend", "timestamp": "2017-11-30T10:15:30.123Z", "level": "error",
             "event": "db connect failed")" +
         more + "}";
}

// "" or "TYPE: message".
std::string error_of(const std::string& json) {
  const std::string document = packed(json);
  EventlogEntry entry;
  auto error = entry.read(RawValue(document));
  if (!error) error = entry.check();
  if (!error) return "";
  CHECK(error->status == 400);
  return error->type + ": " + error->message;
}

std::string logger_event_of(const std::string& json) {
  const std::string document = packed(json);
  EventlogEntry entry;
  REQUIRE_FALSE(entry.read(RawValue(document)));
  REQUIRE_FALSE(entry.check());
  ForeignEvent event;
  const std::string id = entry.id(7);
  entry.fill(event, id, kReceived);
  event.type = "t";
  event.host = "h";
  std::string out;
  REQUIRE(event.append_to(out).ok());
  return json_of(out);
}

TEST_CASE("an event has the entry's fields, and everything else in additional") {
  CHECK(
      logger_event_of(with(R"(, "exception": "x", "additional": {"user-id": 7, "exception": "y"},
                         "signature": "s")")) ==
      R"({"id": "web-frontend:20171130T101530.123000Z:7", "type": "t", "host": "h", )"
      R"("end": 1512036930.123, "body": {"level": 40, "level_name": "error", "name": "web-frontend", )"
      R"("message": "db connect failed", "facility": "web-frontend", )"
      R"("timestamp": "2017-11-30T10:15:30.123Z", "event": "db connect failed", )"
      R"("signature": "s", "received": 1512036931.0, )"
      R"("additional": {"user-id": 7, "exception": "y", "exception_": "x"}}})");
}

TEST_CASE("an event that is far ahead of the clock says by how much") {
  CHECK(logger_event_of(with(R"(, "timestamp": 1512037231)")).find("_skew") == std::string::npos);
  CHECK(logger_event_of(with(R"(, "timestamp": 1512037232)"))
            .find(R"("additional": {"_skew": 301.0})") != std::string::npos);
}

TEST_CASE("levels are taken in the names that people use") {
  auto level = [](const std::string& name) {
    const std::string event = logger_event_of(with(R"(, "level": ")" + name + '"'));
    return event.substr(event.find("\"level\""),
                        event.find(", \"name\"") - event.find("\"level\""));
  };
  CHECK(level("emerg") == R"("level": 70, "level_name": "emerg")");
  CHECK(level("warning") == R"("level": 30, "level_name": "warning")");
  CHECK(level("ERROR") == R"("level": 40)");
  CHECK(level("Notice") == R"("level": 25, "level_name": "Notice")");
}

TEST_CASE("what is missing or wrong is named") {
  CHECK(error_of("[]") == "ValidationError: An event must be an object");
  CHECK(error_of("{}") == "ValidationError: \"facility\" is missing");
  CHECK(error_of(with(R"(, "facility": "")")) ==
        "ValidationError: \"facility\" must be a string that is not empty");
  CHECK(error_of(with(R"(, "facility": 7)")) ==
        "ValidationError: \"facility\" must be a string that is not empty");
  CHECK(error_of(with(R"(, "timestamp": null)")) ==
        "ValidationError: \"timestamp\" must be a string or a number");
  CHECK(error_of(with(R"(, "timestamp": "yesterday")")) ==
        "ValidationError: \"timestamp\" is neither ISO 8601 nor seconds or milliseconds");
  CHECK(
      error_of(with(R"(, "level": "bogus")")) ==
      "ValidationError: \"level\" is none of emerg, alert, crit, error, warn, notice, info, debug: "
      "\"bogus\"");
  CHECK(error_of(with(R"(, "event": 3)")) ==
        "ValidationError: \"event\" must be a string that is not empty");
  CHECK(error_of(R"({"facility": "f", "timestamp": 1, "level": "info"})") ==
        "ValidationError: \"event\" is missing");
  CHECK(error_of(with(R"(, "additional": [1])")) ==
        "ValidationError: \"additional\" must be an object");
  CHECK(error_of(with(R"(, "additional": {"_key": 7})")) ==
        "ValidationError: \"additional._key\" must be a string of 1 to 255 bytes");
  CHECK(error_of(with(", \"facility\": \"" + std::string(256, 'f') + "\"")) ==
        "ValidationError: \"facility\" has more than 255 bytes");
  CHECK(error_of(with(R"(, "additional": null)")).empty());
}

TEST_CASE("times come as text, as seconds and as milliseconds") {
  auto id_and_time = [](const std::string& timestamp) {
    const std::string document = packed(with(", \"timestamp\": " + timestamp));
    EventlogEntry entry;
    REQUIRE_FALSE(entry.read(RawValue(document)));
    REQUIRE_FALSE(entry.check());
    return entry.id(0) + " " + entry.timestamp();
  };
  CHECK(id_and_time(R"("2017-11-30T10:15:30.123456")") ==
        "web-frontend:20171130T101530.123456Z:0 2017-11-30T10:15:30.123456");
  CHECK(id_and_time(R"("2017-11-30T12:15:30+02:00")") ==
        "web-frontend:20171130T101530.000000Z:0 2017-11-30T12:15:30+02:00");
  CHECK(id_and_time("1512036930") ==
        "web-frontend:20171130T101530.000000Z:0 2017-11-30T10:15:30.000000Z");
  CHECK(id_and_time("1512036930123") ==
        "web-frontend:20171130T101530.123000Z:0 2017-11-30T10:15:30.123000Z");
}

TEST_CASE("events that differ anywhere have another digest") {
  auto digest = [](const std::string& json) {
    const std::string document = packed(json);
    EventlogEntry entry;
    REQUIRE_FALSE(entry.read(RawValue(document)));
    return entry.digest();
  };
  CHECK(digest(with("")) == digest(with("")));
  CHECK(digest(with("")) != digest(with(R"(, "x": 1)")));
}

}  // namespace
}  // namespace ox
