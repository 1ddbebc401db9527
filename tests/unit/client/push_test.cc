// The client library with an oxd of the old kind: a PULL socket.
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <oxd/client.h>
#include <zmq.hpp>

#include "common/base/clock.h"
#include "common/base/socket.h"
#include "common/client/push_client_transport.h"
#include "proto/meta.h"
#include "tests/unit/client/eventually.h"
#include "tests/unit/client/seen_event.h"

namespace ox {
namespace {

struct OldOxdFixture {
  OldOxdFixture() { listen("tcp://127.0.0.1:*"); }
  ~OldOxdFixture() { shutdown(std::chrono::milliseconds(0)); }

  void listen(const std::string& endpoint) {
    zmq_context.emplace();
    oxd.emplace(*zmq_context, zmq::socket_type::pull);
    REQUIRE(oxd->bind(endpoint).ok());
    address = oxd->last_endpoint().substr(6);
  }
  // Nobody listens any more when this returns.
  void vanish() {
    oxd.reset();
    zmq_context.reset();
  }
  void configure_client(std::size_t queue_events = 50'000, const std::string& host = "web-1") {
    ClientOptions options;
    options.address = "blueox://" + address;
    options.queue_events = queue_events;
    options.host_name = host;
    std::string error;
    REQUIRE_MESSAGE(configure(options, &error), error);
  }
  std::size_t receive() {
    std::vector<zmq::message_t> frames;
    while (oxd->receive(frames)) {
      REQUIRE(frames.size() == 2);
      metas.push_back(frames[0].to_string());
      bodies.push_back(frames[1].to_string());
    }
    return bodies.size();
  }

  std::optional<zmq::context_t> zmq_context;
  std::optional<Socket> oxd;
  std::string address;
  std::vector<std::string> metas;
  std::vector<std::string> bodies;
};

TEST_CASE_FIXTURE(OldOxdFixture, "an event is a meta frame and its body") {
  configure_client();
  {
    Context context("request.db");
    set("n", 1);
  }
  REQUIRE(eventually([&] { return receive() == 1; }));
  Meta meta;
  REQUIRE(decode_meta(metas[0], meta) == MetaError::kNone);
  SeenEvent seen = see(bodies[0]);
  CHECK(meta.type == "request.db");
  CHECK(meta.host == "web-1");
  CHECK(meta.end == seen.end);
  CHECK(seen.type == "request.db");
  CHECK(seen.body == R"({"n": 1})");
  CHECK(eventually([&] { return stats().problem.empty(); }));
}

TEST_CASE_FIXTURE(OldOxdFixture,
                  "names of 64 bytes are cut in the meta frame, longer are refused") {
  configure_client(100, std::string(64, 'h'));
  { Context context(std::string(65, 't')); }
  { Context context(std::string(64, 't')); }
  REQUIRE(eventually([&] { return receive() == 1; }));
  Meta meta;
  REQUIRE(decode_meta(metas[0], meta) == MetaError::kNone);
  CHECK(meta.type == std::string(63, 't'));
  CHECK(meta.host == std::string(63, 'h'));
  CHECK(see(bodies[0]).type == std::string(64, 't'));
  CHECK(stats().refused == 1);
}

TEST_CASE_FIXTURE(OldOxdFixture, "all is sent in order, and shutdown waits for it") {
  configure_client();
  for (int i = 0; i < 5000; ++i) {
    Context context("c");
    set("n", i);
  }
  CHECK(eventually([&] { return receive() == 5000; }));
  CHECK(shutdown(std::chrono::seconds(20)));
  for (std::size_t i = 0; i < bodies.size(); ++i)
    REQUIRE(see(bodies[i]).body == "{\"n\": " + std::to_string(i) + "}");
  CHECK(stats().sent == 5000);
}

TEST_CASE_FIXTURE(OldOxdFixture, "without an oxd the queue fills, and what is lost is counted") {
  vanish();
  constexpr std::size_t kQueue = 10;
  constexpr std::uint64_t kInZeroMq = PushClientTransport::kInZeroMq;
  configure_client(kQueue);
  // ZeroMQ takes some for the connection to come; the others wait in the queue.
  CHECK(eventually([&] {
    { Context context("c"); }
    ClientStats now = stats();
    return now.sent == kInZeroMq && now.queued_events == kQueue && now.overflowed >= 3;
  }));
  ClientStats full = stats();
  CHECK(full.problem == "nobody answers at " + address);
  CHECK_FALSE(shutdown(std::chrono::milliseconds(1)));
  ClientStats after = stats();
  CHECK(after.sent == 0);
  CHECK(after.lost_at_shutdown == kInZeroMq + kQueue);
  CHECK(after.submitted == after.lost_at_shutdown + after.overflowed);
}

TEST_CASE_FIXTURE(OldOxdFixture, "events wait for an oxd that comes later") {
  vanish();
  configure_client();
  for (int i = 0; i < 500; ++i) {
    Context context("c");
    set("n", i);
  }
  std::string same = "tcp://" + address;
  listen(same);
  CHECK(eventually([&] { return receive() == 500; }));
  CHECK(see(bodies[0]).body == R"({"n": 0})");
  CHECK(see(bodies[499]).body == R"({"n": 499})");
}

}  // namespace
}  // namespace ox
