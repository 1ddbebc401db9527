#include "oxingest/v3_transport.h"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "proto/meta.h"
#include "tests/unit/ingest/transport_fixture.h"

namespace ox {
namespace {

// An oxd of the old kind, and a transport to it.
struct V3Fixture : TransportFixture {
  V3Fixture() {
    listen("tcp://127.0.0.1:*");
    port = oxd->last_port();
  }
  void listen(const std::string& endpoint) {
    SocketOptions options;
    options.receive_hwm = 10;
    context.emplace();
    oxd.emplace(*context, zmq::socket_type::pull, options);
    REQUIRE(oxd->bind(endpoint).ok());
  }
  // Nobody listens any more when this returns: a socket alone is closed a little later.
  void vanish() {
    oxd.reset();
    context.reset();
  }
  void open(std::uint64_t memory_limit = 1 << 20) {
    transport.emplace(loop, Address::tcp("127.0.0.1", port), memory_limit, *this);
    transport->start();
  }
  // Takes what has come.
  std::size_t receive() {
    std::vector<zmq::message_t> frames;
    while (oxd->receive(frames)) {
      REQUIRE(frames.size() == 2);
      metas.push_back(frames[0].to_string());
      bodies.push_back(frames[1].to_string());
    }
    return bodies.size();
  }

  std::optional<zmq::context_t> context;
  std::optional<Socket> oxd;
  std::uint16_t port = 0;
  std::optional<V3Transport> transport;
  std::vector<std::string> metas;
  std::vector<std::string> bodies;
};

TEST_CASE_FIXTURE(V3Fixture, "an event is a meta frame and its body") {
  open();
  CHECK(offer(*transport, "body"));
  REQUIRE(until([&] { return receive() == 1; }));
  Meta meta;
  REQUIRE(decode_meta(metas[0], meta) == MetaError::kNone);
  CHECK(meta.type == "type");
  CHECK(meta.host == "host");
  CHECK(meta.end == 1.5);
  CHECK(bodies[0] == "body");
}

TEST_CASE_FIXTURE(V3Fixture, "names that are too long for a meta frame are cut in it") {
  open();
  std::string type(70, 't');
  std::string host(64, 'h');
  CHECK(transport->add(event("body", type, host)) == EventSink::Answer::kTaken);
  REQUIRE(until([&] { return receive() == 1; }));
  Meta meta;
  REQUIRE(decode_meta(metas[0], meta) == MetaError::kNone);
  CHECK(meta.type == type.substr(0, kMetaNameSize));
  CHECK(meta.host == host.substr(0, kMetaNameSize));
}

TEST_CASE_FIXTURE(V3Fixture, "it is drained when all is delivered, and not before") {
  open(1 << 30);
  // More than the sockets' buffers hold.
  std::vector<std::string> sent;
  for (int i = 0; i < 400; ++i) {
    sent.push_back(std::to_string(i) + std::string(100'000, 'x'));
    CHECK(offer(*transport, sent.back()));
  }
  transport->finish();
  for (int i = 0; i < 20; ++i) loop.run_once(Millis(1));
  CHECK(!transport->drained());
  CHECK(!transport->loss().empty());
  CHECK(until([&] {
    receive();
    return transport->drained();
  }));
  CHECK(until([&] { return receive() == sent.size(); }));
  CHECK(bodies == sent);
  CHECK(transport->figures().done == sent.size());
  CHECK(transport->loss().empty());
}

TEST_CASE_FIXTURE(V3Fixture, "at the memory limit events are refused, until some are sent") {
  open(1'000'000);
  std::size_t taken = 0;
  while (offer(*transport, std::string(10'000, 'x'))) ++taken;
  CHECK(taken >= 100);
  CHECK(transport->figures().taken == taken);
  CHECK(transport->figures().waiting > 0);
  CHECK(rooms == 0);
  CHECK(until([&] {
    receive();
    return rooms == 1;
  }));
  CHECK(offer(*transport, "more"));
  CHECK(until([&] { return receive() == taken + 1; }));
}

TEST_CASE_FIXTURE(V3Fixture, "where nobody ever was, nothing is sent, and that is told") {
  vanish();
  open();
  CHECK(offer(*transport, "1"));
  CHECK(offer(*transport, "2"));
  transport->finish();
  for (int i = 0; i < 20; ++i) loop.run_once(Millis(1));
  CHECK(!transport->drained());
  std::string nobody = "nobody answers at 127.0.0.1:" + std::to_string(port);
  CHECK(transport->problem() == nobody);
  CHECK(transport->loss() == "2 events were not sent: " + nobody);
}

TEST_CASE_FIXTURE(V3Fixture, "nothing to send needs nobody") {
  vanish();
  open();
  transport->finish();
  CHECK(until([&] { return transport->drained(); }));
  CHECK(transport->loss().empty());
}

TEST_CASE_FIXTURE(V3Fixture, "an oxd that comes late gets what waited for it") {
  vanish();
  open();
  std::size_t count = 3 * V3Transport::kInZeroMq;
  for (std::size_t i = 0; i < count; ++i) CHECK(offer(*transport, std::to_string(i)));
  transport->finish();
  listen("tcp://127.0.0.1:" + std::to_string(port));
  CHECK(until([&] {
    receive();
    return transport->drained();
  }));
  CHECK(until([&] { return receive() == count; }));
  CHECK(bodies.back() == std::to_string(count - 1));
}

}  // namespace
}  // namespace ox
