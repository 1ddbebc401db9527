#include "common/ingest/syslog/syslog_events.h"

#include <string>

#include <doctest/doctest.h>

#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

using namespace std::string_literals;

struct EventsFixture {
  std::string json(std::string_view text, bool partial = false) {
    SyslogEvents events(*TypeTemplate::parse(type));
    SyslogEvents::Event event;
    REQUIRE(events.make(text, peer, now, partial, event).ok());
    last_type = event.type;
    last_host = event.host;
    last_end = event.end;
    last_header = events.header();
    auto decoded = Decoded::decode(event.body);
    REQUIRE(decoded.ok());
    std::string out;
    append_json(out, decoded->root());
    return out;
  }

  std::string type = "syslog";
  StreamPeer peer{.host = "node", .address = "local"};
  WallTime now = Seconds(1'700'000'000);
  std::string last_type, last_host, last_header;
  double last_end = 0;
};

TEST_CASE_FIXTURE(EventsFixture, "everything of RFC 5424 is kept, and both clocks") {
  CHECK(
      json("<34>1 2003-10-11T22:14:15.003Z host su 7 ID47 [ex@1 a=\"b\\\"c\"] \xEF\xBB\xBFhi") ==
      R"({"type": "syslog", "host": "host", "pid": 7, "end": 1065910455.003, "body": {"level": 50, )"
      R"("name": "su", "message": "hi", "facility": 4, "facility_name": "auth", "severity": 2, )"
      R"("msgid": "ID47", "sd": {"ex@1": {"a": "b\"c"}}, "timestamp": "2003-10-11T22:14:15.003Z", )"
      R"("received": 1700000000.0}})");
  CHECK(last_type == "syslog");
  CHECK(last_host == "host");
  CHECK(last_end == 1065910455.003);
}

TEST_CASE_FIXTURE(EventsFixture, "what is not told is not there") {
  CHECK(
      json("hello") ==
      R"({"type": "syslog", "host": "node", "end": 1700000000.0, "body": {"level": 25, "message": "hello", )"
      R"("facility": 1, "facility_name": "user", "severity": 5}})");
}

TEST_CASE_FIXTURE(EventsFixture, "severities are levels") {
  const int levels[] = {70, 60, 50, 40, 30, 25, 20, 10};
  for (int severity = 0; severity < 8; ++severity)
    CHECK(json("<" + std::to_string(184 + severity) + ">x")
              .find("\"level\": " + std::to_string(levels[severity]) +
                    ", \"message\": \"x\", \"facility\": 23, \"facility_name\": \"local7\"") !=
          std::string::npos);
}

TEST_CASE_FIXTURE(EventsFixture, "a process id that is no number stays text") {
  const std::string event = json("<13>1 - - app main-7 - - x");
  CHECK(event.find("\"pid\"") == std::string::npos);
  CHECK(event.find("\"procid\": \"main-7\"") != std::string::npos);
}

TEST_CASE_FIXTURE(EventsFixture, "who sent it is told where that is another host than it says") {
  peer = {.host = "192.0.2.7", .address = "192.0.2.7:514", .port = 514, .remote = true};
  CHECK(json("<13>1 - web-1 - - - - x").find("\"host\": \"web-1\"") != std::string::npos);
  CHECK(json("<13>1 - web-1 - - - - x").find("\"peer\": \"192.0.2.7\"") != std::string::npos);
  CHECK(json("<13>x").find("\"host\": \"192.0.2.7\"") != std::string::npos);
  CHECK(json("<13>x").find("\"peer\"") == std::string::npos);
}

TEST_CASE_FIXTURE(EventsFixture, "types go by the template") {
  type = "sys.{facility_name}.{name|none}.{level}";
  json("<34>1 - host su - - - x");
  CHECK(last_type == "sys.auth.su.critical");
  json("<13>x");
  CHECK(last_type == "sys.user.none.notice");
  type = "{sd.ex@1.a|no}";
  json("<13>1 - - - - - [ex@1 a=\"app\"] x");
  CHECK(last_type == "app");
}

TEST_CASE_FIXTURE(EventsFixture, "one maker makes many events") {
  SyslogEvents events(*TypeTemplate::parse("t.{name|x}"));
  for (int i = 0; i < 3; ++i) {
    SyslogEvents::Event event;
    REQUIRE(events.make("<34>1 - h su 7 ID [a b=\"c\"] x", peer, now, false, event).ok());
    CHECK(event.type == "t.su");
    REQUIRE(events.make("<34>plain", peer, now, false, event).ok());
    CHECK(event.type == "t.x");
    CHECK(std::string(event.body).find("sd") == std::string::npos);
  }
}

TEST_CASE_FIXTURE(EventsFixture, "a piece is marked, and its header is known for the next") {
  CHECK(json("<13>Feb  5 17:32:18 h app[42]: text", true).find("\"partial\": true") !=
        std::string::npos);
  CHECK(last_header == "<13>Feb  5 17:32:18 h app[42]: ");
  json("<13>text");
  CHECK(last_header == "<13>");
}

TEST_CASE_FIXTURE(EventsFixture, "a host of any length fits") {
  json("<13>1 - " + std::string(5000, 'h') + " - - - - x");
  CHECK(last_host.size() == 255);
}

}  // namespace
}  // namespace ox
