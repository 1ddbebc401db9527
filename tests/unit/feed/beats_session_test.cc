#include "common/ingest/feed/beats_session.h"

#include <string>
#include <vector>

#include "tests/unit/feed/lumberjack_bytes.h"
#include "tests/unit/model/packed.h"
#include "tests/unit/stream/played_connection.h"

namespace ox {
namespace {

using namespace lumberjack_test;  // NOLINT(google-build-using-namespace)

struct Beats {
  explicit Beats(BeatsOptions options = {}) : protocol(named(std::move(options)), metrics, clock) {
    set_log_level(LogLevel::kError);
    session = protocol.open(connection);
  }
  ~Beats() { set_log_level(LogLevel::kWarning); }
  Beats(const Beats&) = delete;
  Beats& operator=(const Beats&) = delete;

  static BeatsOptions named(BeatsOptions options) {
    options.events.word = options.events.usual_type = "beats";
    return options;
  }
  void send(std::string_view bytes) {
    connection.feed(*session, bytes);
    session->settle();
  }
  std::uint64_t counted(const char* name) {
    return metrics.counter(std::string("stream.beats.") + name).value();
  }

  Metrics metrics;
  FakeClock clock;
  BeatsProtocol protocol;
  PlayedConnection connection;
  std::unique_ptr<StreamSession> session;
};

TEST_CASE("a window is acknowledged when its events are safe") {
  for (const std::string& bytes : {kPlain, kZipped}) {
    Beats beats;
    for (char c : bytes) beats.send({&c, 1});
    CHECK(beats.connection.sent.empty());
    CHECK(beats.connection.gate.types == std::vector<std::string>{"beats"});
    beats.connection.answer();
    CHECK(beats.connection.sent == kAck);
    CHECK(beats.counted("events") == 1);
  }
}

TEST_CASE("an event is a log document, named by the Beat that sends it") {
  Beats beats;
  beats.send(window(3) +
             event(1, R"({"@timestamp":"2017-07-14T02:40:00.250Z","@metadata":{"beat":"filebeat"},)"
                      R"("message":"m","log.level":"error"})") +
             event(2, R"({"@metadata":{"beat":"../a b"}})") + event(3, "no JSON"));
  CHECK(beats.connection.gate.types == std::vector<std::string>{"filebeat", "/a_b", "beats"});
  CHECK(json_of(beats.connection.gate.bodies[0]) ==
        R"({"type": "filebeat", "host": "client-1", "end": 1500000000.25, "body": {"level": 40, )"
        R"("level_name": "error", "message": "m", "@timestamp": "2017-07-14T02:40:00.250Z", )"
        R"("@metadata": {"beat": "filebeat"}, "log.level": "error"}})");
  CHECK(json_of(beats.connection.gate.bodies[2]).find("_jsonparsefailure") != std::string::npos);
}

TEST_CASE("windows that follow each other are acknowledged in turn") {
  Beats beats;
  beats.send(window(2) + event(1, "{}") + event(2, "{}") + window(1) + event(1, "{}"));
  CHECK(beats.connection.under_way.size() == 2);
  beats.connection.answer(1);
  CHECK(beats.connection.sent == ack(2));
  beats.connection.answer(1);
  CHECK(beats.connection.sent == ack(2) + ack(1));
}

TEST_CASE("part of a window is acknowledged as far as it is safe") {
  Beats beats;
  beats.send(window(3) + event(1, "{}") + event(2, "{}"));
  beats.connection.answer();
  CHECK(beats.connection.sent == ack(2));
  beats.send(event(3, "{}"));
  beats.connection.answer();
  CHECK(beats.connection.sent == ack(2) + ack(3));
}

TEST_CASE("while the next hop is away the sender hears that we are alive") {
  Beats beats;
  beats.session->tick();
  beats.clock.advance(Seconds(60));
  beats.session->tick();
  CHECK(beats.connection.sent.empty());
  beats.send(kPlain);
  beats.clock.advance(Seconds(4));
  beats.session->tick();
  CHECK(beats.connection.sent.empty());
  beats.clock.advance(Seconds(1));
  beats.session->tick();
  beats.session->tick();
  CHECK(beats.connection.sent == ack(0));
  beats.connection.answer();
  beats.clock.advance(Seconds(60));
  beats.session->tick();
  CHECK(beats.connection.sent == ack(0) + ack(1));
}

TEST_CASE("what is refused for good is acknowledged, what is in doubt is not") {
  Beats beats;
  beats.send(kPlain);
  beats.connection.answer(1, Delivery::kRefused);
  CHECK(beats.connection.sent == ack(1));
  CHECK(beats.counted("rejected") == 1);
  beats.send(kPlain);
  beats.connection.answer(1, Delivery::kInDoubt);
  CHECK(beats.connection.sent == ack(1));
}

TEST_CASE("an event that is too large is left out, and its window acknowledged") {
  BeatsOptions options;
  options.events.max_event_bytes = 1000;
  Beats beats(options);
  beats.send(window(2) + event(1, R"({"x":")" + std::string(2000, 'x') + "\"}") + event(2, "{}"));
  CHECK(beats.connection.gate.bodies.size() == 1);
  beats.connection.answer();
  CHECK(beats.connection.sent == ack(2));
  CHECK(beats.counted("rejected") == 1);
}

TEST_CASE("a large compressed window goes through in pieces, as there is room") {
  std::string frames;
  const std::size_t count = 9000;
  for (std::size_t i = 1; i <= count; ++i)
    frames +=
        event(i, R"({"n":)" + std::to_string(i) + R"(,"text":")" + std::string(200, 'x') + "\"}");
  Beats beats;
  beats.connection.most_under_way = 1;
  beats.send(window(count) + zipped(frames) + kPlain);
  std::size_t rounds = 0;
  while (!beats.connection.under_way.empty()) {
    CHECK(beats.connection.under_way.size() == 1);
    beats.connection.answer(1);
    beats.send("");
    ++rounds;
  }
  CHECK(rounds > 5);
  CHECK(beats.connection.gate.bodies.size() == count + 1);
  CHECK(beats.connection.sent.ends_with(ack(count) + ack(1)));
}

TEST_CASE("a peer that breaks the protocol is left alone") {
  for (const std::string& bytes : {event(1, "{}"), window(2) + window(1), window(100'000),
                                   std::string("GET / HTTP/1.1\r\n")}) {
    Beats beats;
    beats.send(bytes);
    CHECK(beats.connection.aborted);
    CHECK(beats.counted("rejected") == 1);
  }
}

}  // namespace
}  // namespace ox
