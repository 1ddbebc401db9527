#include "common/ingest/model/log_document.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// The event that comes of a document, as JSON.
std::string log_event_of(const std::string& json) {
  const std::string document = packed(json);
  ForeignEvent event;
  event.type = "t";
  event.host = "peer";
  event.end = 7;
  fill_log_document(RawValue(document), event);
  std::string out;
  REQUIRE(event.append_to(out).ok());
  return json_of(out);
}

}  // namespace

TEST_CASE("an event of a Logstash formatter tells time, host, level, process and logger") {
  CHECK(
      log_event_of(R"({"@timestamp": "2017-07-14T02:40:00.250Z", "@version": "1", "host": "web",
                         "level": "WARNING", "logsource": "other", "message": "hi", "pid": 12,
                         "program": "/usr/bin/app", "type": "python-logstash", "tags": ["a"],
                         "extra": {"logger_name": "app.db", "line": 3}})") ==
      R"({"type": "t", "host": "web", "pid": 12, "end": 1500000000.25, "body": {"level": 30, )"
      R"("name": "app.db", "message": "hi", "@timestamp": "2017-07-14T02:40:00.250Z", )"
      R"("@version": "1", "logsource": "other", "program": "/usr/bin/app", )"
      R"("type": "python-logstash", "tags": ["a"], "extra": {"logger_name": "app.db", "line": 3}}})");
}

TEST_CASE("an event of the common schema is understood nested and with dots") {
  CHECK(log_event_of(R"({"@timestamp": "2017-07-14T02:40:00Z", "log": {"level": "error",
                         "logger": "app"}, "host": {"name": "web"}, "process": {"pid": 3},
                         "message": "m"})") ==
        R"({"type": "t", "host": "web", "pid": 3, "end": 1500000000.0, "body": {"level": 40, )"
        R"("level_name": "error", "name": "app", "message": "m", )"
        R"("@timestamp": "2017-07-14T02:40:00Z", "log": {"level": "error", "logger": "app"}, )"
        R"("host": {"name": "web"}, "process": {"pid": 3}}})");
  CHECK(log_event_of(R"({"log.level": "debug", "host.name": "web"})") ==
        R"({"type": "t", "host": "web", "end": 7.0, "body": {"level": 10, )"
        R"("level_name": "debug", "log.level": "debug", "host.name": "web"}})");
}

TEST_CASE("an event of Logstash's first version is understood where it is") {
  CHECK(log_event_of(R"({"@timestamp": "2017-07-14T02:40:00Z", "@source_host": "old",
                         "@message": "m", "@type": "x", "@fields": {"level": "ERROR",
                         "logger": "l"}})") ==
        R"({"type": "t", "host": "old", "end": 1500000000.0, "body": {"level": 40, "name": "l", )"
        R"("message": "m", "@timestamp": "2017-07-14T02:40:00Z", "@source_host": "old", )"
        R"("@message": "m", "@type": "x", "@fields": {"level": "ERROR", "logger": "l"}}})");
}

TEST_CASE("rsyslog's own JSON tells its time, host and severity") {
  CHECK(log_event_of(R"({"message": " m", "fromhost": "r", "facility": "user", "priority": "err",
                         "timereported": "2017-07-14T02:40:00+00:00", "syslogtag": "app[3]:"})") ==
        R"({"type": "t", "host": "r", "end": 1500000000.0, "body": {"level": 40, )"
        R"("level_name": "err", "name": "app[3]:", "message": " m", "fromhost": "r", )"
        R"("facility": "user", "priority": "err", "timereported": "2017-07-14T02:40:00+00:00", )"
        R"("syslogtag": "app[3]:"}})");
}

TEST_CASE("what the document does not tell stays as it came") {
  CHECK(log_event_of("{}") == R"({"type": "t", "host": "peer", "end": 7.0, "body": {}})");
  CHECK(log_event_of(R"({"@timestamp": "soon", "host": "", "level": "odd", "logsource": 3,
                         "@message": 4, "priority": "high"})") ==
        R"({"type": "t", "host": "peer", "end": 7.0, "body": {"@timestamp": "soon", "host": "", )"
        R"("level": "odd", "logsource": 3, "@message": 4, "priority": "high"}})");
}

TEST_CASE("a host too long for a batch is only kept") {
  const std::string host(300, 'h');
  CHECK(log_event_of(R"({"logsource": ")" + host + R"("})") ==
        R"({"type": "t", "host": "peer", "end": 7.0, "body": {"logsource": ")" + host + R"("}})");
}

TEST_CASE("a document's own type is told in either version") {
  auto type = [](const std::string& json) {
    const std::string document = packed(json);
    return std::string(log_document_type(RawValue(document)));
  };
  CHECK(type(R"({"type": "a", "@type": "b"})") == "a");
  CHECK(type(R"({"type": 1, "@type": "b"})") == "b");
  CHECK(type("{}").empty());
}

}  // namespace ox
