#include "common/ingest/fluent/fluent_events.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/fluent/forward_bytes.h"

namespace ox {
namespace {

using namespace forward_test;  // NOLINT(google-build-using-namespace)

const Timestamp kAt = Timestamp::of(Seconds(1'500'000'000) + Millis(250));

struct Made {
  std::string type, host;
  double end = 0;
  std::string body;
  bool operator==(const Made&) const = default;
};

Made made_of(FluentEvents& events, const std::string& record, bool slow, bool timed = true) {
  ForwardEntries::Entry entry;
  entry.time.valid = true;
  if (timed) entry.time.at = kAt;
  entry.record = RawValue(record);
  EventGroup::Event made;
  Status status = slow ? events.make_slow(entry, made) : events.make(entry, made);
  REQUIRE(status.ok());
  return {std::string(made.type), std::string(made.host), made.end, std::string(made.body)};
}

std::string event_of(const std::string& json, const std::string& tag = "app.access") {
  FluentEvents events({});
  events.begin(tag, "web-1", 1000);
  return json_of(made_of(events, packed(json), false).body);
}

TEST_CASE("a record becomes an event of its tag") {
  CHECK(event_of(R"({"message": "hi", "user": 7})") ==
        R"({"type": "app.access", "host": "web-1", "end": 1500000000.25, "body": )"
        R"({"name": "app.access", "message": "hi", "tag": "app.access", "user": 7}})");
  CHECK(event_of(
            R"({"log": "x", "container_id": "c", "container_name": "/n", "source": "stdout"})") ==
        R"({"type": "app.access", "host": "web-1", "end": 1500000000.25, "body": )"
        R"({"name": "app.access", "message": "x", "tag": "app.access", "log": "x", )"
        R"("container_id": "c", "container_name": "/n", "source": "stdout"}})");
}

TEST_CASE("an event of eventlog's library is that event, with the tag in addition") {
  CHECK(event_of(R"({"name": "click", "target": "my-button", "tgType": "ui", )"
                 R"("tstamp": 1500000000.25})",
                 "ui.click") ==
        R"({"type": "ui.click", "host": "web-1", "end": 1500000000.25, "body": {"level": 0, )"
        R"("name": "click", "target": "my-button", "tgType": "ui", "tstamp": 1500000000.25, )"
        R"("tag": "ui.click"}})");
  CHECK(event_of(R"({"target": "x", "tstamp": 1500000000.25})", "ui.click")
            .find(R"("name": "ui.click")") != std::string::npos);
}

TEST_CASE("without a time of the protocol the record's own counts, then that of receipt") {
  FluentEvents events({});
  events.begin("t", "h", 1000);
  CHECK(made_of(events, packed(R"({"time": 5})"), false, false).end == 5);
  CHECK(made_of(events, packed(R"({"n": 5})"), false, false).end == 1000);
  CHECK(made_of(events, packed(R"({"time": 5})"), false, true).end == 1500000000.25);
}

TEST_CASE("the quick way and the general one write the same bytes") {
  const std::vector<std::string> records = {
      R"({})",
      R"({"message": "hi"})",
      R"({"a": 1, "message": "hi", "b": [1, {"c": null}], "message": "again"})",
      R"({"message": 5, "msg": "text"})",
      R"({"msg": "text", "message": 5})",
      R"({"level": "warn", "message": "x", "host": "h2", "pid": 7, "name": "n", "z": 1.5})",
      R"({"level": "WARNING", "n": 1})",
      R"({"level": 30, "n": 1})",
      R"({"level": "30"})",
      R"({"level": 30.0})",
      R"({"level": "bogus", "severity": "err"})",
      R"({"severity": "error", "level": "info", "x": "y"})",
      R"({"levelname": "INFO", "level_name": "own"})",
      R"({"name": 5, "logger": "l"})",
      R"({"name": ""})",
      R"({"tag": "own", "n": 1})",
      R"({"tag": 5, "fluent_tag": 6})",
      R"({"log": {"level": "info", "logger": "l"}, "host": {"name": "h3"}, "process": {"pid": 9}})",
      R"({"host": "", "hostname": "h4"})",
      R"({"pid": -1, "process": 8})",
      R"({"time": "2017-07-14T02:40:00.25Z"})",
      R"({"a_key_that_is_longer_than_thirty_one_bytes_is_written_with_another_header": 1})",
      R"({"name": "a name that is longer than thirty-one bytes, as is its message", "message": )" +
          ("\"" + std::string(70'000, 'x') + "\"}"),
      R"({"tstamp": 5, "name": "click"})",
      R"({"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14})",
  };
  FluentEvents events({});
  for (const char* tag : {"app.access", "", "tag with {braces} and a blank", "t"}) {
    events.begin(tag, "web-1", 1000);
    for (const std::string& json : records)
      for (bool timed : {true, false}) {
        CAPTURE(json);
        const std::string record = packed(json);
        const Made quick = made_of(events, record, false, timed);
        const Made slow = made_of(events, record, true, timed);
        CHECK(quick == slow);
      }
  }
}

TEST_CASE("keys and texts in forms that old readers do not know are written in the shortest one") {
  // str8 and bin8 keys, and a message of each.
  const std::string record = from_hex("83d90161a178c40162a179a76d657373616765d9026869");
  FluentEvents events({});
  events.begin("t", "h", 1000);
  const Made quick = made_of(events, record, false);
  CHECK(quick == made_of(events, record, true));
  CHECK(json_of(quick.body).find(R"("message": "hi", "tag": "t", "a": "x", "b": "y")") !=
        std::string::npos);
  // Keys that are no text stay what they are.
  const std::string numbers = from_hex("8205a178c0a179");
  CHECK(made_of(events, numbers, false) == made_of(events, numbers, true));
}

TEST_CASE("--type names the events instead of the tag") {
  FluentEventOptions options;
  options.type = *TypeTemplate::parse("fluent.{level|none}");
  FluentEvents events(std::move(options));
  events.begin("app.access", "h", 1000);
  CHECK(made_of(events, packed(R"({"level": "error"})"), false).type == "fluent.error");
  CHECK(made_of(events, packed(R"({})"), false).type == "fluent.none");
}

TEST_CASE("an event over the limit is refused") {
  FluentEventOptions options;
  options.max_event_bytes = 300;
  FluentEvents events(std::move(options));
  events.begin("t", "h", 1000);
  const std::string record = packed(R"({"text": ")" + std::string(300, 'x') + R"("})");
  ForwardEntries::Entry entry;
  entry.record = RawValue(record);
  EventGroup::Event made;
  CHECK(events.make(entry, made).code() == Code::kTooLarge);
  CHECK(events.make_slow(entry, made).code() == Code::kTooLarge);
}

}  // namespace
}  // namespace ox
