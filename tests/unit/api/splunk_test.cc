#include <string>

#include <doctest/doctest.h>

#include "common/ingest/api/splunk/hec_channels.h"
#include "common/ingest/api/splunk/hec_event.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

constexpr WallTime kHecNow = Seconds(1'700'000'000);

std::string stored_hec(ForeignEvent& event) {
  event.type = "splunk";
  std::string type;
  hec_type().render(event, "splunk", type);
  event.type = type;
  std::string stored;
  REQUIRE(event.append_to(stored).ok());
  return json_of(stored);
}

// The event of a document as JSON, or the code it is refused with.
std::string hec_event_of(const std::string& json) {
  const std::string document = packed(json);
  ForeignEvent event;
  event.host = "h";
  if (auto wrong = fill_hec_event(RawValue(document), kHecNow, event))
    return std::to_string(wrong->code);
  return stored_hec(event);
}

std::string hec_line_of(std::string_view line, const HttpPairs& metadata) {
  ForeignEvent event;
  event.host = "h";
  fill_hec_line(line, metadata, kHecNow, event);
  return stored_hec(event);
}

std::string hec_end_of(const std::string& time) {
  const std::string text = hec_event_of(R"({"event": "x", "time": )" + time + "}");
  if (!text.starts_with("{")) return text;
  const std::string event = packed(text);
  return json_of(RawValue(event).find("end")->bytes());
}

TEST_CASE("a text with all its metadata is an event") {
  CHECK(hec_event_of(R"({"time": 1426279439.25, "host": "web-1", "source": "app.log",
          "sourcetype": "access", "index": "main", "event": "Hello",
          "fields": {"level": "warn", "n": 7}, "more": [1]})") ==
        R"({"type": "splunk.access", "host": "web-1", "end": 1426279439.25, "body": {)"
        R"("level": 30, "level_name": "warn", "name": "app.log", "message": "Hello", )"
        R"("time": 1426279439.25, "source": "app.log", "sourcetype": "access", "index": "main", )"
        R"("fields": {"level": "warn", "n": 7}, "more": [1]}})");
}

TEST_CASE("an object stays one, with its message and its level found in it") {
  CHECK(
      hec_event_of(R"({"event": {"message": "it failed", "severity": "ERROR", "n": 1}})") ==
      R"({"type": "splunk", "host": "h", "end": 1700000000.0, "body": {"level": 40, )"
      R"("message": "it failed", "event": {"message": "it failed", "severity": "ERROR", "n": 1}}})");
  CHECK(hec_event_of(R"({"event": {"line": "x", "level": 3}})") ==
        R"({"type": "splunk", "host": "h", "end": 1700000000.0, "body": {"message": "x", )"
        R"("event": {"line": "x", "level": 3}}})");
}

TEST_CASE("an event may be of any other kind") {
  for (const char* value : {"5", "1.5", "true", "false", "[1, \"a\"]", "{}", "0"})
    CHECK(
        hec_event_of(std::string(R"({"event": )") + value + "}") ==
        std::string(R"({"type": "splunk", "host": "h", "end": 1700000000.0, "body": {"event": )") +
            value + "}}");
}

TEST_CASE("an event has to be there, and not to be blank") {
  CHECK(hec_event_of("{}") == "12");
  CHECK(hec_event_of(R"({"event": null})") == "12");
  CHECK(hec_event_of(R"({"event": ""})") == "13");
  CHECK(hec_event_of(R"([{"event": "x"}])") == "6");
  CHECK(hec_event_of(R"("x")") == "6");
}

TEST_CASE("times are seconds or milliseconds, numbers or text") {
  CHECK(hec_end_of("1426279439") == "1426279439.0");
  CHECK(hec_end_of("1426279439.123") == "1426279439.123");
  CHECK(hec_end_of("\"1426279439.123\"") == "1426279439.123");
  CHECK(hec_end_of("1426279439123") == "1426279439.123");
  CHECK(hec_end_of("\"1426279439123\"") == "1426279439.123");
  CHECK(hec_end_of("null") == "1700000000.0");
  CHECK(hec_end_of("\"\"") == "1700000000.0");
  CHECK(hec_end_of("\"now\"") == "6");
  CHECK(hec_end_of("[]") == "6");
}

TEST_CASE("a host that is too long for a batch is kept") {
  const std::string host(300, 'x');
  const std::string event = hec_event_of(R"({"event": "x", "host": ")" + host + R"("})");
  CHECK(event.find(R"("body": {"message": "x", "host": ")" + host) != std::string::npos);
}

TEST_CASE("a raw line has the metadata of the query, but neither channel nor token") {
  CHECK(
      hec_line_of("a line", {{"host", "web-1"},
                             {"source", "s"},
                             {"sourcetype", "t"},
                             {"time", "1426279439.5"},
                             {"channel", "c"},
                             {"token", "secret"},
                             {"x", "y"}}) ==
      R"({"type": "splunk.t", "host": "web-1", "end": 1426279439.5, "body": {"name": "s", )"
      R"("message": "a line", "source": "s", "sourcetype": "t", "time": "1426279439.5", "x": "y"}})");
  CHECK(hec_line_of("a line", {{"time", "now"}}) ==
        R"({"type": "splunk", "host": "h", "end": 1700000000.0, "body": {"message": "a line", )"
        R"("time": "now"}})");
}

TEST_CASE("ids of a channel count from 0, and only those that were given are acknowledged") {
  HecChannels channels;
  CHECK_FALSE(channels.given("a", 0));
  CHECK(channels.give("a") == 0);
  CHECK(channels.give("a") == 1);
  CHECK(channels.give("b") == 0);
  CHECK(channels.given("a", 0));
  CHECK(channels.given("a", 1));
  CHECK_FALSE(channels.given("a", 2));
  CHECK_FALSE(channels.given("b", 1));
  CHECK_FALSE(channels.given("c", 0));
}

TEST_CASE("of too many channels the one that was used longest ago is forgotten") {
  HecChannels channels(2);
  channels.give("a");
  channels.give("b");
  CHECK(channels.given("a", 0));  // which is a use
  channels.give("c");
  CHECK(channels.given("a", 0));
  CHECK_FALSE(channels.given("b", 0));
  CHECK(channels.given("c", 0));
  CHECK(channels.give("b") == 0);
}

TEST_CASE("a channel is a GUID") {
  CHECK(is_hec_channel("FE0ECFAD-13D5-401B-847D-77833BD77131"));
  CHECK(is_hec_channel("fe0ecfad-13d5-401b-847d-77833bd77131"));
  CHECK_FALSE(is_hec_channel(""));
  CHECK_FALSE(is_hec_channel("x"));
  CHECK_FALSE(is_hec_channel("FE0ECFAD-13D5-401B-847D-77833BD7713"));
  CHECK_FALSE(is_hec_channel("FE0ECFAD-13D5-401B-847D-77833BD77131x"));
  CHECK_FALSE(is_hec_channel("FE0ECFADx13D5-401B-847D-77833BD77131"));
  CHECK_FALSE(is_hec_channel("FE0ECFAG-13D5-401B-847D-77833BD77131"));
}

}  // namespace
}  // namespace ox
