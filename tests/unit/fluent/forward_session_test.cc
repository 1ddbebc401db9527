#include "common/ingest/fluent/forward_session.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/http/auth/digest.h"
#include "tests/unit/fluent/forward_bytes.h"
#include "tests/unit/stream/played_connection.h"

namespace ox {
namespace {

using namespace forward_test;  // NOLINT(google-build-using-namespace)

struct Forward {
  explicit Forward(ForwardOptions options = {})
      : protocol(std::move(options), out.outlet, out.metrics) {
    set_log_level(LogLevel::kError);
  }
  ~Forward() { set_log_level(LogLevel::kWarning); }
  Forward(const Forward&) = delete;
  Forward& operator=(const Forward&) = delete;

  std::uint64_t counted(const char* name) {
    return out.metrics.counter(std::string("stream.fluent.") + name).value();
  }
  // What went out by the outlet.
  const PlayedGate& unanswered() {
    out.outlet.flush();
    return out.gate;
  }

  PlayedOutlet out;
  ForwardProtocol protocol;
};

struct Client {
  explicit Client(Forward& forward) : session(forward.protocol.open(connection)) {}
  void send(std::string_view bytes) {
    connection.feed(*session, bytes);
    session->settle();
  }

  PlayedConnection connection;
  std::unique_ptr<StreamSession> session;
};

TEST_CASE("a message nobody waits for goes by the outlet, unanswered") {
  Forward forward;
  Client client(forward);
  client.send(kMessage + kEventTime);
  CHECK(client.connection.under_way.empty());
  CHECK(client.connection.sent.empty());
  CHECK(forward.unanswered().types == std::vector<std::string>{"app.access", "app.access"});
  CHECK(forward.out.gate.hosts.front() == "client-1");
}

TEST_CASE("a chunk is acknowledged when its events are safe, and not before") {
  for (const std::string& message : {kPacked, kGzip}) {
    Forward forward;
    Client client(forward);
    client.send(message);
    CHECK(client.connection.gate.bodies.size() == 2);
    CHECK(client.connection.sent.empty());
    client.connection.answer();
    CHECK(client.connection.sent == kAck);
    CHECK(forward.counted("events") == 2);
    CHECK(forward.counted("acks") == 1);
  }
}

TEST_CASE("messages may come byte by byte") {
  Forward forward;
  Client client(forward);
  for (char c : kMessage + kPacked + kGzip + "\xc0") client.send({&c, 1});
  CHECK(client.connection.rest.empty());
  client.connection.answer();
  CHECK(client.connection.gate.bodies.size() == 4);
  CHECK(client.connection.sent == kAck + kAck);
  CHECK(forward.unanswered().bodies.size() == 1);
}

TEST_CASE("chunks that come together are submitted together, and acknowledged one by one") {
  Forward forward;
  Client client(forward);
  std::string bytes;
  for (const char* chunk : {"a", "b", "c"})
    bytes += packed_forward("t", entry(5, R"({"n": 1})"), chunk);
  client.send(bytes);
  CHECK(client.connection.under_way.size() == 1);
  client.connection.answer();
  std::string acks;
  for (const char* chunk : {"a", "b", "c"})
    acks += packed(std::string(R"({"ack": ")") + chunk + "\"}");
  CHECK(client.connection.sent == acks);
}

TEST_CASE("what the next hop refuses for good is acknowledged, what is in doubt is not") {
  Forward forward;
  Client client(forward);
  client.send(packed_forward("t", entry(5, "{}"), "a"));
  client.connection.answer(1, Delivery::kRefused);
  CHECK(client.connection.sent == packed(R"({"ack": "a"})"));
  CHECK(forward.counted("rejected") == 1);
  client.send(packed_forward("t", entry(5, "{}"), "b"));
  client.connection.answer(1, Delivery::kInDoubt);
  CHECK(client.connection.sent == packed(R"({"ack": "a"})"));
}

TEST_CASE("a chunk without a single valid event is acknowledged all the same") {
  Forward forward;
  Client client(forward);
  client.send(packed_forward("t", packed("7") + packed("[1]"), "a"));
  CHECK(client.connection.under_way.empty());
  CHECK(client.connection.sent == packed(R"({"ack": "a"})"));
  CHECK(forward.counted("rejected") == 2);
}

TEST_CASE("a chunk that is sent again is acknowledged again, and stored once") {
  Forward forward;
  Client first(forward);
  first.send(kPacked);
  Client second(forward);
  second.send(kPacked);
  CHECK(second.connection.gate.bodies.empty());
  CHECK(second.connection.sent.empty());
  first.connection.answer();
  CHECK(first.connection.sent == kAck);
  CHECK(second.connection.sent == kAck);
  Client third(forward);
  third.send(kPacked + kPacked);
  CHECK(third.connection.sent == kAck + kAck);
  CHECK(third.connection.gate.bodies.empty());
  CHECK(forward.counted("duplicates") == 3);
  CHECK(forward.counted("events") == 2);
}

TEST_CASE("a chunk whose connection ended on the way is not stored twice") {
  Forward forward;
  auto first = std::make_unique<Client>(forward);
  first->send(kPacked);
  auto done = std::move(first->connection.under_way.front());
  first.reset();
  Client second(forward);
  second.send(kPacked);
  CHECK(second.connection.gate.bodies.empty());
  done(Delivery::kSafe);
  CHECK(second.connection.sent == kAck);
}

TEST_CASE("a chunk that was cut off is taken when it comes again") {
  Forward forward;
  std::string entries;
  for (int i = 0; i < 20'000; ++i) entries += entry(5, R"({"text": "some words in a row"})");
  const std::string message = packed_forward("t", entries, "big");
  auto first = std::make_unique<Client>(forward);
  first->connection.most_under_way = 1;
  first->send(message);
  CHECK(first->connection.gate.bodies.size() > 0);
  CHECK(first->connection.gate.bodies.size() < 20'000);
  auto done = std::move(first->connection.under_way.front());
  first.reset();
  Client early(forward);
  early.send(message);
  done(Delivery::kSafe);
  CHECK(early.connection.sent.empty());
  Client second(forward);
  second.send(message);
  CHECK(second.connection.gate.bodies.size() == 20'000);
  second.connection.answer();
  CHECK(second.connection.sent == packed(R"({"ack": "big"})"));
}

TEST_CASE("other content under the same name is another chunk") {
  Forward forward;
  Client client(forward);
  client.send(packed_forward("t", entry(5, R"({"n": 1})"), "a") +
              packed_forward("t", entry(5, R"({"n": 2})"), "a"));
  CHECK(client.connection.gate.bodies.size() == 2);
}

TEST_CASE("a large message is taken in pieces, as there is room") {
  std::string entries;
  for (int i = 0; i < 40'000; ++i)
    entries += entry(5, R"({"n": )" + std::to_string(i) + R"(, "text": "some words in a row"})");
  for (const std::string& chunk : {std::string("big"), std::string()}) {
    Forward forward;
    Client client(forward);
    client.connection.most_under_way = 1;
    const std::string message = packed_forward("t", entries, chunk);
    client.send(message + kMessage);
    std::size_t rounds = 0;
    while (!client.connection.under_way.empty()) {
      CHECK(client.connection.sent.empty());
      CHECK(client.connection.under_way.size() == 1);
      client.connection.answer(1);
      client.send("");
      ++rounds;
    }
    CHECK(rounds > 5);
    CHECK(client.connection.rest.empty());
    REQUIRE(client.connection.gate.bodies.size() == 40'000);
    for (int i = 0; i < 40'000; i += 777)
      CHECK(json_of(client.connection.gate.bodies[static_cast<std::size_t>(i)])
                .find("\"n\": " + std::to_string(i) + ",") != std::string::npos);
    CHECK(client.connection.sent == (chunk.empty() ? "" : packed(R"({"ack": "big"})")));
    CHECK(forward.unanswered().bodies.size() == 1);
  }
}

TEST_CASE("values that are no message are counted, a heartbeat is not") {
  Forward forward;
  Client client(forward);
  client.send("\xc0" + packed("5") + packed("{}") + packed(R"(["t"])") + kMessage);
  CHECK(forward.unanswered().bodies.size() == 1);
  CHECK(forward.counted("rejected") == 3);
  CHECK_FALSE(client.connection.aborted);
}

TEST_CASE("bytes that are no MessagePack end the connection, what came before is kept") {
  Forward forward;
  Client client(forward);
  client.send(kMessage + "\xc1" + kMessage);
  CHECK(client.connection.aborted);
  CHECK(forward.unanswered().bodies.size() == 1);
}

TEST_CASE("a message over the limit, or one that does not unpack, ends the connection unanswered") {
  ForwardOptions options;
  options.max_message = 1000;
  Forward forward(options);
  Client longer(forward);
  longer.send(packed_forward("t", std::string(2000, 'x'), "a").substr(0, 20));
  CHECK(longer.connection.aborted);
  Client broken(forward);
  std::string gzip = kGzip;
  gzip[30] ^= 1;
  broken.send(gzip);
  CHECK(broken.connection.aborted);
  CHECK(broken.connection.sent.empty());
  Client unknown(forward);
  unknown.send(packed(R"(["t", "xyz", {"compressed": "lzo", "chunk": "c"}])"));
  CHECK(unknown.connection.aborted);
  CHECK(unknown.connection.sent.empty());
}

TEST_CASE("a connection that begins with a bracket or a brace speaks JSON, and is answered so") {
  for (const std::string& head : {std::string(), std::string("{}\n")}) {
    Forward forward;
    Client client(forward);
    client.send(head + R"(["app.access", 1500000000, {"message": "hi"}])" + "\n" +
                R"(["app.access", [[1500000000.25, {"message": "a"}]], {"chunk": "c1"}] garbage)");
    client.send(
        "\n"
        R"(["app.access", 1, {"message": "b"}])");
    client.session->finish("");
    CHECK(client.connection.gate.bodies.size() == 1);
    client.connection.answer();
    CHECK(client.connection.sent == R"({"ack":"c1"})");
    CHECK(forward.unanswered().bodies.size() == 2);
    CHECK(forward.counted("rejected") == (head.empty() ? 1 : 2));
  }
}

TEST_CASE("with a key nobody is heard who has not proved to know it") {
  ForwardOptions options;
  options.security = {"secret", {}, "server.local"};
  Forward forward(options);
  Client stranger(forward);
  CHECK(json_of(stranger.connection.sent.substr(0, stranger.connection.sent.size()))
            .starts_with(R"(["HELO", )"));
  stranger.connection.sent.clear();
  stranger.send(kMessage + kMessage);
  CHECK(json_of(stranger.connection.sent) == R"(["PONG", false, "invalid ping message", "", ""])");
  CHECK(stranger.connection.ended);
  Client talkative(forward);
  talkative.send(packed_forward("t", std::string(100'000, 'x'), "").substr(0, 20));
  CHECK(talkative.connection.aborted);
  Client json(forward);
  json.send(R"(["t", 1, {}])");
  CHECK(json.connection.ended);
  CHECK(forward.counted("denied") == 2);
  CHECK(forward.unanswered().bodies.empty());
}

TEST_CASE("with the key the handshake goes through, and messages follow it at once") {
  ForwardOptions options;
  options.security = {"secret", {}, "server.local"};
  Forward forward(options);
  Client client(forward);
  const std::string helo = client.connection.sent;
  const std::string nonce(RawArray(RawValue(helo)).begin() != RawArray(RawValue(helo)).end()
                              ? *RawValue(helo.substr(6)).find("nonce")->as_text()
                              : std::string_view());
  client.connection.sent.clear();
  std::string ping;
  pack_array_header(ping, 6);
  for (const std::string& part :
       {std::string("PING"), std::string("client"), std::string("salt"),
        sha512_hex("saltclient" + nonce + "secret"), std::string(), std::string()})
    pack_text(ping, part);
  client.send(ping + kMessage);
  CHECK(json_of(client.connection.sent).starts_with(R"(["PONG", true, "", "server.local")"));
  CHECK(forward.unanswered().bodies.size() == 1);
}

TEST_CASE("the end of a connection inside a message is counted, what was gathered is submitted") {
  Forward forward;
  Client client(forward);
  client.connection.feed(*client.session, kPacked + kMessage.substr(0, 5));
  client.session->finish(client.connection.rest);
  CHECK(client.connection.under_way.size() == 1);
  CHECK(forward.counted("rejected") == 1);
}

}  // namespace
}  // namespace ox
