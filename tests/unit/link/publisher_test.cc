#include "common/link/publisher.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/link/scripted_receiver.h"

namespace {
using namespace ox;

using Bodies = std::vector<std::string>;

struct OneReceiver : LinkPublisherOwner {
  void room() override { ++rooms; }
  void settled() override { settlements.push_back(publisher->settled_events()); }
  void link_changed() override { ++changes; }

  void open(LinkPublisherOptions options = {}) { open(options, {receiver.address()}); }
  void open(LinkPublisherOptions options, const std::vector<Address>& receivers) {
    publisher.emplace(context, loop, self, receivers, *this, metrics, Clock::system(), options);
  }
  // Whether the event was taken.
  bool add(const std::string& body) { return publisher->add("type", "host", 1.0, body); }
  void send(const std::string& body) {
    REQUIRE(add(body));
    publisher->flush();
  }

  template <typename Condition>
  bool until(Condition condition) {
    MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!condition()) {
      if (Clock::system().mono() > deadline) return false;
      loop.run_once(Millis(20));
    }
    return true;
  }
  bool connects() {
    return until([&] { return publisher->state() == LinkState::kConnected; });
  }
  bool comes(std::size_t batches) {
    return until([&] { return receiver.batches.size() >= batches; });
  }
  // The publisher has heard what the receiver said before, and what it sent upon that has come.
  void round_trip() {
    int seen = changes;
    receiver.open_window();
    REQUIRE(until([&] { return changes > seen; }));
    for (int i = 0; i < 20; ++i) loop.run_once(Millis(1));
  }
  std::uint64_t counter(const char* name) { return metrics.counter(name).value(); }

  zmq::context_t context;
  EventLoop loop;
  Metrics metrics;
  NodeIdentity self{Uuid::random(), Uuid::random(), "test", "host"};
  ScriptedReceiver receiver{context, loop};
  int rooms = 0;
  int changes = 0;
  std::vector<std::uint64_t> settlements;
  std::optional<LinkPublisher> publisher;
};

LinkPublisherOptions slow_sealing() {
  LinkPublisherOptions options;
  options.sealing.delay = Seconds(3600);  // only what is dry, full, or flushed is sealed
  return options;
}

TEST_CASE_FIXTURE(OneReceiver, "a publisher introduces itself, and knows its receiver") {
  open();
  publisher->start();
  REQUIRE(connects());
  REQUIRE(receiver.hellos.size() == 1);
  CHECK(receiver.hellos[0].node_id == self.node_id);
  CHECK(receiver.hellos[0].node_name == "test");
  REQUIRE(publisher->peer());
  CHECK(publisher->peer()->node_name == "scripted");
  CHECK(changes > 0);
  publisher->stop();
  CHECK(until([&] { return receiver.byes == 1; }));
}

TEST_CASE_FIXTURE(OneReceiver,
                  "an event is sent at once when the input is dry; those that follow wait "
                  "for its acknowledgement, and go together") {
  receiver.acks = false;
  open(slow_sealing());
  publisher->start();
  REQUIRE(connects());
  CHECK(add("1"));
  publisher->input_dry();
  REQUIRE(comes(1));
  for (const char* body : {"2", "3", "4"}) {
    CHECK(add(body));
    publisher->input_dry();
  }
  round_trip();
  CHECK(receiver.batches.size() == 1);
  CHECK(publisher->waiting_events() == 4);
  receiver.ack(0, 0);
  REQUIRE(comes(2));
  CHECK(receiver.batches[1].bodies == Bodies{"2", "3", "4"});
  receiver.ack(1, 1);
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(publisher->acked_events() == 4);
  CHECK(publisher->memory_used() == 0);
}

TEST_CASE_FIXTURE(OneReceiver, "an event waits no longer than the delay, although more may come") {
  open();  // 5 ms
  publisher->start();
  REQUIRE(connects());
  CHECK(add("1"));
  CHECK(comes(1));
  CHECK(add("2"));
  CHECK(comes(2));
}

TEST_CASE_FIXTURE(OneReceiver, "full batches are sent without waiting for acknowledgements") {
  receiver.acks = false;
  LinkPublisherOptions options = slow_sealing();
  options.sealing.batch_bytes = 1000;
  open(options);
  publisher->start();
  REQUIRE(connects());
  for (int i = 0; i < 5; ++i) CHECK(add(std::string(1000, 'x')));
  CHECK(comes(5));
}

TEST_CASE_FIXTURE(OneReceiver, "while nobody is there, events are not sealed into small batches") {
  receiver.disappear();
  FakeClock clock;
  publisher.emplace(context, loop, self, std::vector{receiver.address()}, *this, metrics, clock,
                    LinkPublisherOptions{});
  publisher->start();
  Bodies bodies;
  for (int i = 0; i < 20; ++i) {
    bodies.push_back(std::to_string(i));
    CHECK(add(bodies.back()));
    clock.advance(Millis(10));
    loop.run_once(Micros(0));
  }
  receiver.appear();
  REQUIRE(comes(1));
  CHECK(receiver.batches[0].bodies == bodies);
}

TEST_CASE_FIXTURE(OneReceiver,
                  "what is not acknowledged is sent again over a new connection, in order, "
                  "under the same identities") {
  receiver.acks = false;
  open();
  publisher->start();
  REQUIRE(connects());
  for (const char* body : {"1", "2", "3"}) send(body);
  REQUIRE(comes(3));
  receiver.ack(1, 1);  // the second one
  round_trip();
  auto before = receiver.batches;
  receiver.batches.clear();
  receiver.disappear();
  CHECK(until([&] { return publisher->state() == LinkState::kConnecting; }));
  send("4");
  receiver.acks = true;
  receiver.appear();
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(receiver.bodies() == Bodies{"1", "3", "4"});
  CHECK(receiver.batches[0].id == before[0].id);
  CHECK(receiver.batches[1].id == before[2].id);
  CHECK(publisher->acked_events() == 4);
  CHECK(counter("forward.resent_batches") == 2);
}

TEST_CASE_FIXTURE(OneReceiver, "events added before start() are sent") {
  open();
  send("1");
  publisher->start();
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(receiver.bodies() == Bodies{"1"});
}

// Rule: window
TEST_CASE_FIXTURE(OneReceiver, "a window of zero holds batches back until it opens") {
  receiver.window = 0;
  open();
  publisher->start();
  REQUIRE(connects());
  send("1");
  send("2");
  round_trip();
  CHECK(receiver.batches.empty());
  CHECK(publisher->waiting_events() == 2);
  receiver.window = 1;  // admits one at a time
  receiver.acks = false;
  receiver.open_window();
  REQUIRE(comes(1));
  round_trip();
  CHECK(receiver.batches.size() == 1);
  receiver.ack(0, 0);
  CHECK(comes(2));
}

TEST_CASE_FIXTURE(OneReceiver,
                  "at the memory limit events are refused, until acknowledgements make "
                  "room") {
  receiver.acks = false;
  LinkPublisherOptions options = slow_sealing();
  options.memory_limit = 10'000;
  options.sealing.batch_bytes = 1000;
  open(options);
  publisher->start();
  REQUIRE(connects());
  std::uint64_t taken = 0;
  while (add(std::string(1000, 'x'))) ++taken;
  CHECK(taken > 3);
  CHECK(publisher->taken_events() == taken);
  CHECK(publisher->memory_used() <= options.memory_limit);
  CHECK(!add(std::string(1000, 'x')));
  REQUIRE(comes(taken));
  CHECK(rooms == 0);

  receiver.ack(0, taken - 1);
  CHECK(until([&] { return rooms > 0; }));
  CHECK(rooms == 1);
  CHECK(publisher->drained());
  CHECK(add(std::string(1000, 'x')));
  receiver.acks = true;
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(rooms == 1);  // nothing was refused since
}

TEST_CASE_FIXTURE(OneReceiver,
                  "a publisher without anything in memory takes an event of any size") {
  LinkPublisherOptions options;
  options.memory_limit = 1000;
  open(options);
  publisher->start();
  std::string large(kMaxEventBytes, 'x');
  CHECK(add(large));
  CHECK(!add("small"));
  CHECK(until([&] { return rooms == 1; }));
  CHECK(add("small"));
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(receiver.bodies() == Bodies{large, "small"});
}

TEST_CASE("what fits into no batch cannot be carried") {
  std::string longest(kMaxNameBytes, 'x');
  CHECK(LinkPublisher::can_carry(longest, longest, kMaxEventBytes));
  CHECK(LinkPublisher::can_carry("t", "", 0));
  CHECK(!LinkPublisher::can_carry("", "host", 1));
  CHECK(!LinkPublisher::can_carry(longest + "x", "host", 1));
  CHECK(!LinkPublisher::can_carry("t", longest + "x", 1));
  CHECK(!LinkPublisher::can_carry("t", "host", kMaxEventBytes + 1));
}

// Rule: poison-passes
TEST_CASE_FIXTURE(OneReceiver,
                  "a batch that is refused for itself is held, and others pass it by") {
  receiver.acks = false;
  open();
  publisher->start();
  REQUIRE(connects());
  for (const char* body : {"1", "2", "3"}) send(body);
  REQUIRE(comes(3));
  receiver.reject(1, RejectReason::kMalformed);
  receiver.ack(2, 2);
  receiver.ack(0, 0);
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(publisher->acked_events() == 2);
  CHECK(publisher->held_events() == 1);
  CHECK(publisher->held_reason() == "malformed: by the test");
  CHECK(publisher->memory_used() > 0);  // it is still there
  CHECK(counter("publish.held_batches") == 1);
  CHECK(counter("publish.held_events") == 1);

  receiver.acks = true;
  send("4");
  CHECK(until([&] { return publisher->acked_events() == 3; }));
}

TEST_CASE_FIXTURE(OneReceiver, "acknowledgements count in the order of the events") {
  receiver.acks = false;
  open(slow_sealing());
  publisher->start();
  REQUIRE(connects());
  for (int batch = 1; batch <= 4; ++batch) {
    for (int i = 0; i < batch; ++i) CHECK(add("x"));
    publisher->flush();
  }
  REQUIRE(comes(4));
  receiver.ack(2, 3);
  receiver.ack(1, 1);
  round_trip();
  CHECK(publisher->settled_events() == 0);
  CHECK(settlements.empty());
  receiver.ack(0, 0);
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(settlements == std::vector<std::uint64_t>{10});
}

// Rule: target-condition
TEST_CASE_FIXTURE(OneReceiver, "a receiver that will not have us is told of, and tried again") {
  receiver.refuses_session = RejectReason::kForbidden;
  LinkPublisherOptions options;
  options.link.refused_backoff = Millis(20);
  open(options);
  publisher->start();
  send("1");
  CHECK(until([&] { return publisher->state() == LinkState::kRefused; }));
  CHECK(publisher->reason() == "forbidden: by the test");
  CHECK(publisher->waiting_events() == 1);
  receiver.refuses_session.reset();
  CHECK(until([&] { return publisher->drained(); }));
}

struct TwoReceivers : OneReceiver {
  void open_both() {
    LinkPublisherOptions options;
    options.failover_after = Millis(200);
    open(options, {receiver.address(), second.address()});
    publisher->start();
  }
  ScriptedReceiver second{context, loop};
};

TEST_CASE_FIXTURE(TwoReceivers, "the second receiver hears nothing while the first is there") {
  open_both();
  send("1");
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(receiver.bodies() == Bodies{"1"});
  CHECK(second.hellos.empty());
}

TEST_CASE_FIXTURE(TwoReceivers,
                  "the second receiver takes over, with what the first left undone; "
                  "the first is returned to") {
  receiver.acks = false;
  open_both();
  REQUIRE(connects());
  for (const char* body : {"1", "2", "3"}) send(body);
  REQUIRE(comes(3));
  receiver.ack(1, 1);
  round_trip();
  receiver.disappear();
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(second.bodies() == Bodies{"1", "3"});
  CHECK(publisher->acked_events() == 3);
  CHECK(publisher->target() == second.address());
  CHECK(counter("publish.maybe_duplicated_events") == 2);

  second.acks = false;
  send("4");
  CHECK(until([&] { return second.batches.size() == 3; }));
  receiver.batches.clear();
  receiver.acks = true;
  receiver.appear();
  CHECK(until([&] { return publisher->target() == receiver.address(); }));
  send("5");
  CHECK(comes(1));
  CHECK(receiver.bodies() == Bodies{"5"});  // and not what the second has yet to acknowledge
  CHECK(!publisher->drained());
  second.ack(2, 2);
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(until([&] { return second.byes == 1; }));
  CHECK(counter("publish.maybe_duplicated_events") == 2);
}

TEST_CASE_FIXTURE(TwoReceivers, "when the first was never there, the second is used") {
  receiver.disappear();
  open_both();
  send("1");
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(second.bodies() == Bodies{"1"});
  CHECK(counter("publish.maybe_duplicated_events") == 0);
}

BatchPtr batch_of(const Uuid& run, std::uint64_t seq, const std::string& body) {
  BatchBuilder builder(1000);
  builder.add("type", "host", 1.0, body);
  return builder.seal({run, seq}, Clock::system().wall());
}

TEST_CASE_FIXTURE(OneReceiver, "batches sealed elsewhere are sent as they are, of whatever run") {
  receiver.acks = false;
  open();
  Uuid run = Uuid::random();
  CHECK(!publisher->can_publish(100));  // nobody is there yet
  publisher->start();
  REQUIRE(until([&] { return publisher->can_publish(100); }));
  CHECK(publisher->can_publish((1 << 20) + 1));  // the first one always goes
  publisher->publish(batch_of(run, 41, "1"));
  CHECK(!publisher->can_publish(1 << 20));  // the window is not empty any more
  publisher->publish(batch_of(Uuid::random(), 7, "2"));
  publisher->publish(batch_of(run, 42, "3"));
  REQUIRE(comes(3));
  CHECK(receiver.batches[0].id == BatchId{run, 41});
  CHECK(receiver.bodies() == Bodies{"1", "2", "3"});
  receiver.ack(1, 1);
  round_trip();
  CHECK(publisher->settled_batches() == 0);
  receiver.ack(0, 0);
  CHECK(until([&] { return publisher->settled_batches() == 2; }));
  receiver.reject(2, RejectReason::kMalformed);
  CHECK(until([&] { return publisher->settled_batches() == 3; }));
  CHECK(publisher->held_events() == 1);
}

struct KeepingOwner : OneReceiver {
  bool refused(const Batch& batch, RejectReason reason, const std::string& detail) override {
    kept.push_back(batch.id());
    CHECK(reason == RejectReason::kMalformed);
    CHECK(detail == "by the test");
    return true;
  }
  std::vector<BatchId> kept;
};

TEST_CASE_FIXTURE(KeepingOwner, "a refused batch that its owner keeps is done here") {
  receiver.acks = false;
  open();
  publisher->start();
  REQUIRE(connects());
  send("1");
  REQUIRE(comes(1));
  receiver.reject(0, RejectReason::kMalformed);
  CHECK(until([&] { return publisher->drained(); }));
  CHECK(kept == std::vector<BatchId>{receiver.batches[0].id});
  CHECK(publisher->held_events() == 0);
  CHECK(publisher->memory_used() == 0);
}

TEST_CASE_FIXTURE(TwoReceivers, "batches sealed elsewhere go to the second receiver, too") {
  receiver.acks = false;
  open_both();
  REQUIRE(connects());
  Uuid run = Uuid::random();
  for (std::uint64_t seq = 10; seq <= 12; ++seq)
    publisher->publish(batch_of(run, seq, std::to_string(seq)));
  REQUIRE(comes(3));
  receiver.ack(1, 1);
  round_trip();
  receiver.disappear();
  CHECK(until([&] { return publisher->settled_batches() == 3; }));
  CHECK(second.bodies() == Bodies{"10", "12"});
}

}  // namespace
