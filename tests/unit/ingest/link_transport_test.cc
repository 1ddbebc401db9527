#include "common/ingest/live/link_transport.h"

#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/unit/ingest/transport_fixture.h"
#include "tests/unit/link/scripted_receiver.h"

namespace ox {
namespace {

struct LinkFixture : TransportFixture {
  LinkFixture() {
    options.hosts = {{Target::Kind::kLink, receiver.address(), "receiver"}};
    options.node_name = "web-1";
  }
  void open() {
    transport.emplace(loop, options, *this, metrics);
    transport->start();
  }

  zmq::context_t context;
  ScriptedReceiver receiver{context, loop};
  LinkFeedOptions options;
  std::optional<LinkTransport> transport;
};

TEST_CASE_FIXTURE(LinkFixture, "events are done when they are acknowledged") {
  receiver.acks = false;
  open();
  CHECK(offer(*transport, "1"));
  CHECK(offer(*transport, "2"));
  transport->finish();
  REQUIRE(until([&] { return receiver.bodies().size() == 2; }));
  CHECK(!transport->drained());
  CHECK(transport->figures().waiting == 2);
  CHECK(transport->loss() == "2 events were not acknowledged");
  receiver.ack(0, 0);
  CHECK(until([&] { return transport->drained(); }));
  CHECK(progress > 0);
  CHECK(transport->figures().done == 2);
  CHECK(transport->problem().empty());
  CHECK(transport->loss().empty());
}

TEST_CASE_FIXTURE(LinkFixture, "a receiver learns which process sends, and of which host") {
  open();
  REQUIRE(until([&] { return !receiver.hellos.empty(); }));
  CHECK(receiver.hellos[0].node_name == "oxingest[" + std::to_string(::getpid()) + "]");
  CHECK(receiver.hellos[0].host == "web-1");
  CHECK(!receiver.hellos[0].node_id.is_nil());
}

TEST_CASE_FIXTURE(LinkFixture, "where nobody answers, and what that costs, is told") {
  receiver.disappear();
  options.hosts.push_back({Target::Kind::kLink, Address::tcp("127.0.0.1", 1), "other"});
  open();
  CHECK(offer(*transport, "1"));
  std::string nobody = "no link answers at " + receiver.address().to_string() + " or 127.0.0.1:1";
  CHECK(transport->problem() == nobody);
  CHECK(transport->loss() == "1 event was not acknowledged: " + nobody);
}

TEST_CASE_FIXTURE(LinkFixture, "a refusal of the session is told with its reason") {
  receiver.refuses_session = RejectReason::kForbidden;
  open();
  std::string refusal = receiver.address().to_string() + " refuses us: forbidden: by the test";
  CHECK(until([&] { return transport->problem() == refusal; }));
}

TEST_CASE_FIXTURE(LinkFixture, "events that are refused for what they are do not hold up the end") {
  receiver.acks = false;
  open();
  CHECK(offer(*transport, "1"));
  transport->finish();
  REQUIRE(until([&] { return receiver.batches.size() == 1; }));
  receiver.reject(0, RejectReason::kUnsupported);
  CHECK(until([&] { return transport->drained(); }));
  CHECK(transport->figures().refused == 1);
  CHECK(transport->loss() == "1 event was refused: unsupported: by the test");
}

TEST_CASE_FIXTURE(LinkFixture, "a full memory refuses events, and room is told of") {
  receiver.acks = false;
  options.batch_bytes = 1024;
  options.spool_memory = 20'000;
  open();
  std::string body(1000, 'x');
  std::uint64_t taken = 0;
  while (offer(*transport, body)) ++taken;
  CHECK(taken >= 10);
  CHECK(transport->figures().taken == taken);
  REQUIRE(until([&] { return receiver.bodies().size() >= taken - 1; }));
  CHECK(rooms == 0);
  receiver.acks = true;
  receiver.ack(0, receiver.batches.size() - 1);
  CHECK(until([&] { return rooms == 1; }));
  CHECK(offer(*transport, body));
}

}  // namespace
}  // namespace ox
