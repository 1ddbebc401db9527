#include "common/ingest/feed/json_feed.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "tests/unit/feed/capnp_bytes.h"
#include "tests/unit/model/packed.h"
#include "tests/unit/stream/played_connection.h"

namespace ox {
namespace {

using capnp_test::kClickHex;

const std::string kE1 =
    R"({"name":"python_log","tstamp":1500000000.25,"version":1,"host":"h","site":"local",)"
    R"("cluster":"local","pid":7,"target":"logger:my-app","message":"some message","value":0,)"
    R"("codeFile":"/a.py","codeLine":3,"codeFunc":"f","fields":{"level":"info"},"level":-1})";

struct Feed {
  explicit Feed(JsonProfile profile = JsonProfile::kEventlog)
      : stream(options(profile), out.outlet, out.metrics),
        datagrams(options(profile), out.outlet, out.metrics) {
    set_log_level(LogLevel::kError);
  }
  ~Feed() { set_log_level(LogLevel::kWarning); }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  static JsonFeedOptions options(JsonProfile profile) {
    JsonFeedOptions out;
    out.profile = profile;
    out.option = out.name = "json";
    out.events.usual_type = profile == JsonProfile::kEventlog ? "eventlog" : "logstash";
    return out;
  }
  // A connection that brings these pieces, and ends.
  void connect(const std::vector<std::string>& pieces) {
    PlayedConnection connection;
    auto session = stream.open(connection);
    for (const std::string& piece : pieces) connection.feed(*session, piece);
    if (!connection.aborted) session->finish(connection.rest);
    aborted = connection.aborted;
  }
  void datagram(std::string_view bytes, bool cut = false) {
    CHECK(datagrams.datagram(bytes, cut, {"client-1", "192.0.2.7:4711", 4711}).empty());
  }
  // The events so far, as JSON, which are forgotten then.
  std::vector<std::string> events() {
    out.outlet.flush();
    std::vector<std::string> all;
    for (const std::string& body : std::exchange(out.gate.bodies, {})) all.push_back(json_of(body));
    return all;
  }
  std::uint64_t rejected() { return out.metrics.counter("stream.json.rejected").value(); }

  PlayedOutlet out;
  JsonFeedProtocol stream;
  JsonFeedDatagrams datagrams;
  bool aborted = false;
};

TEST_CASE("E1: what eventlog's library sends becomes its event") {
  Feed feed;
  feed.connect({kE1 + "\n"});
  auto events = feed.events();
  REQUIRE(events.size() == 1);
  CHECK(
      events[0].starts_with(R"({"type": "eventlog", "host": "h", "pid": 7, "end": 1500000000.25, )"
                            R"("body": {"level": 20, )"));
  CHECK(events[0].find(R"("logger": "my-app")") != std::string::npos);
}

TEST_CASE("E2: segments, several events in one, and a missing line end make no difference") {
  Feed feed;
  feed.connect({kE1.substr(0, 50), kE1.substr(50, 100), kE1.substr(150)});
  CHECK(feed.events().size() == 1);
  feed.connect({kE1 + kE1 + "\n" + kE1 + "\n\n" + kE1});
  CHECK(feed.events().size() == 4);
  std::vector<std::string> bytes;
  for (char c : kE1 + kE1) bytes.emplace_back(1, c);
  feed.connect(bytes);
  CHECK(feed.events().size() == 2);
  CHECK(feed.rejected() == 0);
}

TEST_CASE("E8: a garbage line is counted, and those around it are taken") {
  Feed feed;
  feed.connect({kE1 + "\ngarbage\n" + kE1 + "\n"});
  CHECK(feed.events().size() == 2);
  CHECK(feed.rejected() == 1);
  CHECK_FALSE(feed.aborted);
}

TEST_CASE("E9: a connection without a byte leaves no trace") {
  Feed feed;
  for (int i = 0; i < 100; ++i) feed.connect({});
  CHECK(feed.events().empty());
  CHECK(feed.rejected() == 0);
}

TEST_CASE("E10: a datagram has one or more events") {
  Feed feed;
  feed.datagram(kE1);
  feed.datagram(kE1 + "\n");
  feed.datagram(kE1 + std::string(1, '\0'));
  feed.datagram(kE1 + kE1);
  feed.datagram("[" + kE1 + "," + kE1 + "]");
  feed.datagram(R"({"name":"x","message":")" + std::string(60'000, 'x') + "\"}");
  CHECK(feed.events().size() == 8);
  feed.datagram("");
  CHECK(feed.rejected() == 0);
  feed.datagram("garbage");
  feed.datagram(kE1 + "garbage");
  feed.datagram(kE1.substr(0, 50), true);
  feed.datagram("5");
  CHECK(feed.rejected() == 4);
  CHECK(feed.events().size() == 1);
}

TEST_CASE("E11: an object over many lines is one event") {
  Feed feed;
  feed.connect({"{\n  \"name\": \"click\",\n  \"fields\": {\n    \"a\": 1\n  }\n}\n"});
  CHECK(feed.events().size() == 1);
  CHECK(feed.rejected() == 0);
}

TEST_CASE("an array is many events, each of which may be none") {
  Feed feed;
  feed.connect({"[" + kE1 + ", 5, " + kE1 + "]"});
  CHECK(feed.events().size() == 2);
  CHECK(feed.rejected() == 1);
}

TEST_CASE("a document of Logstash is one on eventlog's port, too") {
  Feed feed;
  feed.connect({R"({"@timestamp":"2017-07-14T02:40:00.250Z","level":"ERROR","message":"m"})"});
  CHECK(feed.events() == std::vector<std::string>{
                             R"({"type": "eventlog", "host": "client-1", "end": 1500000000.25, )"
                             R"("body": {"level": 40, "message": "m", )"
                             R"("@timestamp": "2017-07-14T02:40:00.250Z"}})"});
}

TEST_CASE("Logstash keeps a line that is no JSON as a message, and says so") {
  Feed feed(JsonProfile::kLogstash);
  feed.connect({R"({"message":"a","type":"app"}{"message":"b"})"
                "\n"
                R"([{"message":"c"},{"message":"d"}])"
                "\nno JSON\n\n"
                R"({"message":"e"})"});
  const auto events = feed.events();
  REQUIRE(events.size() == 6);
  CHECK(events[0].starts_with(R"({"type": "app", )"));
  CHECK(events[4].find(R"("body": {"message": "no JSON", "tags": ["_jsonparsefailure"]})") !=
        std::string::npos);
  CHECK(feed.rejected() == 0);
  feed.datagram("no JSON either");
  CHECK(feed.events().size() == 1);
}

TEST_CASE("E12: Cap'n Proto is told by its first bytes, however they come") {
  const std::string click = from_hex(kClickHex);
  Feed feed;
  std::vector<std::string> bytes;
  for (char c : click + click) bytes.emplace_back(1, c);
  feed.connect(bytes);
  feed.connect({click + click});
  feed.datagram(click);
  const auto events = feed.events();
  REQUIRE(events.size() == 5);
  for (const std::string& event : events)
    CHECK(event == R"({"type": "eventlog", "host": "client-1", "end": 1500000000.25, "body": )"
                   R"({"level": 20, "name": "click", "tstamp": 1500000000.25, "target": )"
                   R"("my-button", "fields": {"n": 3}}})");
  CHECK(feed.rejected() == 0);
  feed.connect({click + click.substr(0, 50)});
  feed.datagram(click.substr(0, 50));
  feed.connect({click + std::string("\xff\xff\xff\xff", 4) + click});
  CHECK(feed.aborted);
  CHECK(feed.rejected() == 3);
  CHECK(feed.events().size() == 2);
}

TEST_CASE("a pickle is never read, and its connection is closed") {
  Feed feed;
  const std::string pickle("\x00\x00\x01\xd3}q\x00(X", 9);
  feed.connect({pickle.substr(0, 3), pickle.substr(3)});
  CHECK(feed.aborted);
  CHECK(feed.rejected() == 1);
  feed.datagram(pickle);
  CHECK(feed.rejected() == 2);
  CHECK(feed.events().empty());
}

}  // namespace
}  // namespace ox
