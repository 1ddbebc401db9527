#include "common/ingest/model/eventlog_document.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// Of a sender at 10.0.0.1 that was heard at 1000.
std::string eventlog_event_of(const std::string& json, std::string_view tag = {}) {
  const std::string map = packed(json);
  EventlogDocument document;
  ForeignEvent event;
  event.type = "t";
  event.host = "10.0.0.1";
  event.end = 1000;
  REQUIRE(document.fill(RawValue(map), event, tag).ok());
  std::string out;
  REQUIRE(event.append_to(out).ok());
  return json_of(out);
}

// The body of an event that names neither host nor time.
std::string eventlog_body_of(const std::string& json, std::string_view tag = {}) {
  const std::string event = eventlog_event_of(json, tag);
  const std::string head = R"({"type": "t", "host": "10.0.0.1", "end": 1000.0, "body": )";
  REQUIRE(event.starts_with(head));
  return event.substr(head.size(), event.size() - head.size() - 1);
}

int eventlog_level_of(const std::string& json) {
  const std::string body = eventlog_body_of(json);
  const std::string_view mark = R"({"level": )";
  REQUIRE(body.starts_with(mark));
  return std::stoi(body.substr(mark.size()));
}

TEST_CASE("a record of the library's logging handler is the event of its logger (E1)") {
  CHECK(eventlog_event_of(
            R"({"name":"python_log","tstamp":1500000000.25,"version":1,"host":"h","site":"local",
                "cluster":"local","pid":7,"target":"logger:my-app","message":"some message",
                "value":0,"codeFile":"/a.py","codeLine":3,"codeFunc":"f",
                "fields":{"level":"info"},"level":-1})") ==
        R"({"type": "t", "host": "h", "pid": 7, "end": 1500000000.25, "body": {"level": 20, )"
        R"("level_name": -1, "name": "python_log", "message": "some message", "logger": "my-app", )"
        R"("tstamp": 1500000000.25, "version": 1, "site": "local", "cluster": "local", )"
        R"("target": "logger:my-app", "value": 0, "codeFile": "/a.py", "codeLine": 3, )"
        R"("codeFunc": "f", "fields": {"level": "info"}}})");
}

TEST_CASE("levels are of the scale of the version (E3)") {
  CHECK(eventlog_level_of(R"({"version": 0.9, "level": 2})") == 40);
  CHECK(eventlog_level_of(R"({"version": [0, 1], "level": 40})") == 40);
  CHECK(eventlog_level_of(R"({"version": [0, 1], "level": 0})") == 0);
  CHECK(eventlog_level_of(R"({"version": 1, "level": 0})") == 25);
  CHECK(eventlog_level_of(R"({"version": 0.95, "level": 20})") == 20);
  CHECK(eventlog_level_of(R"({"version": "0.9", "level": 4})") == 60);
  CHECK(eventlog_level_of(R"({"version": 1, "level": 30})") == 30);
  CHECK(eventlog_level_of(R"({"version": {"major": 0, "minor": 2}, "level": "INFO"})") == 20);
}

TEST_CASE("without a version a level goes by its size") {
  CHECK(eventlog_level_of(R"({"level": -3})") == 10);
  CHECK(eventlog_level_of(R"({"level": 1})") == 30);
  CHECK(eventlog_level_of(R"({"level": 0})") == 0);
  CHECK(eventlog_level_of(R"({"level": 10})") == 10);
  CHECK(eventlog_level_of(R"({"level": "2"})") == 40);
  CHECK(eventlog_level_of(R"({"level": 2.0})") == 40);
  CHECK(eventlog_level_of(R"({"level": "Extreme"})") == 60);
}

TEST_CASE("without a level a record is information, and anything else has none") {
  CHECK(eventlog_level_of(R"({"name": "python_log"})") == 20);
  CHECK(eventlog_level_of(R"({"name": "log"})") == 20);
  CHECK(eventlog_level_of(R"({"name": "click"})") == 0);
  CHECK(eventlog_body_of(R"({"name": "log", "level": "bogus"})") ==
        R"({"level": 20, "level_name": "bogus", "name": "log"})");
  CHECK(eventlog_body_of(R"({"name": "click", "level": null})") ==
        R"({"level": 0, "name": "click", "extra": {"level": null}})");
}

TEST_CASE("times in any unit are the same instant (E4)") {
  for (const char* time : {"1500000000.25", "1500000000250", "1500000000250000000",
                           "\"2017-07-14T02:40:00.250Z\"", "15000000002500000000"}) {
    CAPTURE(time);
    const std::string event = eventlog_event_of(std::string(R"({"tstamp": )") + time + "}");
    CHECK(event.find(R"("end": 1500000000.25,)") != std::string::npos);
  }
  CHECK(eventlog_body_of(R"({"tstamp": "soon"})") ==
        R"({"level": 0, "name": "event", "tstamp": "soon"})");
}

TEST_CASE("an event has the name of its action, or of its tag, when it has none") {
  CHECK(eventlog_body_of(R"({"action": "account.create"})") ==
        R"({"level": 0, "name": "account.create", "action": "account.create"})");
  CHECK(eventlog_body_of("{}", "ui.click") == R"({"level": 0, "name": "ui.click"})");
  CHECK(eventlog_body_of(R"({"name": "", "action": 3})") ==
        R"({"level": 0, "name": "event", "name_": "", "action": 3})");
}

TEST_CASE("fields come in many forms (E5)") {
  const std::string head = R"({"level": 0, "name": "event")";
  CHECK(eventlog_body_of(R"({"fields": [["a", 1], ["b", "x"]]})") ==
        head + R"(, "fields": {"a": 1, "b": "x"}})");
  CHECK(eventlog_body_of(R"({"fields": {"a": 1}})") == head + R"(, "fields": {"a": 1}})");
  CHECK(eventlog_body_of(R"({"fields": null})") == head + "}");
  CHECK(
      eventlog_body_of(R"({"fields": [{"key": "a", "value": [1]}, {"name": "b", "fval": 0.5}]})") ==
      head + R"(, "fields": {"a": [1], "b": 0.5}})");
  CHECK(eventlog_body_of(R"({"fields": [[1, 2], [null, true]]})") ==
        head + R"(, "fields": {"1": 2, "null": true}})");
}

TEST_CASE("what is no form of fields, tags or metrics is kept as it came") {
  const std::string head = R"({"level": 0, "name": "event", "extra": {)";
  CHECK(eventlog_body_of(R"({"fields": [["a", 1], ["b"]]})") ==
        head + R"("fields": [["a", 1], ["b"]]}})");
  CHECK(eventlog_body_of(R"({"fields": 3})") == head + R"("fields": 3}})");
  CHECK(eventlog_body_of(R"({"fields": [{"key": "a", "value": 1, "unit": "s"}]})") ==
        head + R"("fields": [{"key": "a", "value": 1, "unit": "s"}]}})");
  CHECK(eventlog_body_of(R"({"tags": {"a": 1}, "metrics": "x"})") ==
        head + R"("tags": {"a": 1}, "metrics": "x"}})");
}

TEST_CASE("tags are a list, of labels as well (E6)") {
  const std::string head = R"({"level": 0, "name": "event", )";
  CHECK(eventlog_body_of(R"({"tags": "one"})") == head + R"("tags": ["one"]})");
  CHECK(eventlog_body_of(R"({"tags": ["one", "two"]})") == head + R"("tags": ["one", "two"]})");
  CHECK(eventlog_body_of(R"({"labels": ["a"]})") == head + R"("labels": ["a"], "tags": ["a"]})");
  CHECK(eventlog_body_of(R"({"labels": ["a"], "tags": "b"})") ==
        head + R"("labels": ["a"], "tags": ["b"]})");
}

TEST_CASE("metrics are kept apart (E7)") {
  CHECK(eventlog_body_of(R"({"metrics": {"value": 3.14159, "choice": "banana"}, "fields": {}})") ==
        R"({"level": 0, "name": "event", "metrics": {"value": 3.14159, "choice": "banana"}})");
}

TEST_CASE("an exception's text is taken apart as well") {
  const std::string info = R"("exc_info": "[\"E\", \"bad\", \"Traceback\"]")";
  const std::string error = R"("error": {"type": "E", "value": "bad", "trace": "Traceback"})";
  CHECK(eventlog_body_of("{\"fields\": {" + info + "}}") ==
        R"({"level": 0, "name": "event", "fields": {)" + info + "}, " + error + "}");
  CHECK(eventlog_body_of("{" + info + "}") ==
        R"({"level": 0, "name": "event", )" + info + ", " + error + "}");
  CHECK(eventlog_body_of(R"({"metrics": [["exc_info", "[1, 2]"]]})") ==
        R"({"level": 0, "name": "event", "metrics": {"exc_info": "[1, 2]"}})");
}

TEST_CASE("keys that the library does not know are in extra") {
  CHECK(eventlog_body_of(R"({"name": "n", "colour": "red", "error": 1, "extra": {"a": 1},
                             "session": "s", "message": {"a": 1}})") ==
        R"({"level": 0, "name": "n", "session": "s", "message": {"a": 1}, )"
        R"("extra": {"colour": "red", "error": 1, "extra": {"a": 1}}})");
}

TEST_CASE("the names of later versions are understood") {
  CHECK(eventlog_event_of(R"({"name": "log", "eid": "1", "server": {"host": "h", "pid": 3},
                              "log": {"level": "WARNING"}})") ==
        R"({"type": "t", "host": "h", "pid": 3, "end": 1000.0, "body": {"level": 30, )"
        R"("name": "log", "eid": "1", "server": {"host": "h", "pid": 3}, )"
        R"("log": {"level": "WARNING"}}})");
}

TEST_CASE("what is no object is no event") {
  for (const char* json : {"[]", "3", "\"x\"", "null"}) {
    const std::string value = packed(json);
    EventlogDocument document;
    ForeignEvent event;
    CHECK(document.fill(RawValue(value), event).code() == Code::kInvalid);
  }
}

}  // namespace
}  // namespace ox
