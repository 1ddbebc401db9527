// What a sender does with batches that it sent so long ago that the receiver may have forgotten
// them.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/link/publisher.h"
#include "tests/unit/link/scripted_receiver.h"

namespace {
using namespace ox;

using Seqs = std::vector<std::uint64_t>;

struct Base {
  template <typename Condition>
  bool until(Condition condition) {
    MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!condition()) {
      if (Clock::system().mono() > deadline) return false;
      loop.run_once(Millis(20));
    }
    return true;
  }

  zmq::context_t context;
  EventLoop loop;
  Metrics metrics;
  NodeIdentity self{Uuid::random(), Uuid::random(), "test", "host"};
  ScriptedReceiver receiver{context, loop};
  bool keeps = true;
  Seqs too_long;
};

struct InDoubtFixture : Base, LinkSenderOwner {
  void released(std::size_t count) override { done += count; }
  void link_changed() override {}
  bool rejected(const BatchPtr&, RejectReason, const std::string&) override { return false; }
  bool in_doubt_too_long(const BatchPtr& batch) override {
    too_long.push_back(batch->id().seq);
    CHECK_FALSE(giving);
    return keeps;
  }

  void open() {
    sender.emplace(context, loop, self, receiver.address(), *this, metrics, options);
    sender->start();
    REQUIRE(until([&] { return sender->state() == LinkState::kConnected; }));
  }
  void give(std::uint64_t seq, std::optional<WallTime> first_sent = std::nullopt) {
    BatchBuilder builder(1);
    builder.add("t", "h", 1.0, std::to_string(seq));
    giving = true;
    sender->give(builder.seal({run, seq}, Seconds(1)), first_sent);
    giving = false;
  }
  void reconnect() {
    receiver.disappear();
    REQUIRE(until([&] { return sender->state() != LinkState::kConnected; }));
    receiver.appear();
    REQUIRE(until([&] { return sender->state() == LinkState::kConnected; }));
  }

  LinkSenderOptions options;
  Uuid run = Uuid::random();
  bool giving = false;
  std::size_t done = 0;
  std::optional<LinkSender> sender;
};

// Rule: in-doubt-too-long
TEST_CASE_FIXTURE(InDoubtFixture,
                  "what an earlier process sent too long ago is not sent, the rest is") {
  open();
  WallTime now = Clock::system().wall();
  give(1, now - std::chrono::hours(24 * 29) - Seconds(60));
  give(2, now - std::chrono::hours(24 * 29) + Seconds(60));
  give(3);
  REQUIRE(until([&] { return done == 3; }));
  CHECK(too_long == Seqs{1});
  CHECK(receiver.bodies() == std::vector<std::string>{"2", "3"});
}

// Rule: in-doubt-too-long
TEST_CASE_FIXTURE(InDoubtFixture,
                  "what was in doubt for too long is not sent again in a new session") {
  options.in_doubt_limit = Seconds(-1);  // the time is over at once
  receiver.acks = false;
  open();
  give(1);
  REQUIRE(until([&] { return receiver.batches.size() == 1; }));
  receiver.acks = true;
  reconnect();
  REQUIRE(until([&] { return done == 1; }));
  CHECK(too_long == Seqs{1});
  give(2);
  REQUIRE(until([&] { return done == 2; }));
  CHECK(receiver.bodies() == std::vector<std::string>{"1", "2"});
}

// Rule: in-doubt-too-long
TEST_CASE_FIXTURE(InDoubtFixture, "an owner that cannot keep it has it held, and told once") {
  keeps = false;
  open();
  give(1, Clock::system().wall() - std::chrono::hours(24 * 40));
  give(2);
  REQUIRE(until([&] { return receiver.batches.size() == 1 && !too_long.empty(); }));
  reconnect();
  give(3);
  REQUIRE(until([&] { return receiver.bodies().back() == "3"; }));
  CHECK(too_long == Seqs{1});
  CHECK(done == 0);
  CHECK(sender->unacked() == 3);
}

struct PublisherFixture : Base, LinkPublisherOwner {
  bool in_doubt_too_long(const Batch& batch) override {
    too_long.push_back(batch.id().seq);
    return keeps;
  }
};

// Rule: in-doubt-too-long
TEST_CASE_FIXTURE(PublisherFixture, "a publisher gives such a batch to its owner, or holds it") {
  SUBCASE("its owner keeps it") { keeps = true; }
  SUBCASE("its owner does not") { keeps = false; }
  receiver.acks = false;
  LinkPublisherOptions publishing;
  publishing.link.in_doubt_limit = Seconds(-1);
  LinkPublisher publisher(context, loop, self, {receiver.address()}, *this, metrics,
                          Clock::system(), publishing);
  publisher.start();
  REQUIRE(publisher.add("t", "h", 1.0, "one"));
  publisher.flush();
  REQUIRE(until([&] { return receiver.batches.size() == 1; }));
  receiver.disappear();
  REQUIRE(until([&] { return publisher.state() != LinkState::kConnected; }));
  receiver.appear();
  REQUIRE(until([&] { return publisher.drained(); }));
  CHECK(receiver.bodies() == std::vector<std::string>{"one"});
  CHECK(too_long.size() == 1);
  CHECK(publisher.held_events() == (keeps ? 0 : 1));
  CHECK(publisher.acked_events() == (keeps ? 1 : 0));
}

}  // namespace
