#include "common/client/network_sink.h"

#include <csignal>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/client/eventually.h"

namespace ox {
namespace {

// What the test tells the transport, and what it sees of it.
struct Script {
  std::mutex mu;
  std::size_t room = 1'000'000;  // events it takes
  bool settles = true;           // each event at once
  int throws = 0;                // so many times, from add()
  int refuses_to_start = 0;      // so many times: throws from start()
  std::uint64_t in_doubt = 0;
  std::vector<std::string> bodies;  // added
  int dry = 0;
  int flushes = 0;
  int made = 0;
  int stopped = 0;
  bool signals_blocked = false;
  EventLoop* loop = nullptr;
  ClientTransportOwner* owner = nullptr;
  std::uint64_t settled = 0;
  std::uint64_t refused = 0;
};

class ScriptedTransport : public ClientTransport {
 public:
  ScriptedTransport(std::shared_ptr<Script> script, EventLoop& loop, ClientTransportOwner& owner)
      : script_(std::move(script)) {
    std::lock_guard lock(script_->mu);
    ++script_->made;
    script_->loop = &loop;
    script_->owner = &owner;
    script_->settled = script_->refused = 0;
  }
  void start() override {
    std::lock_guard lock(script_->mu);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    script_->signals_blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR1) == 1;
    if (script_->refuses_to_start > 0 && script_->refuses_to_start-- > 0)
      throw std::runtime_error("no descriptors");
  }
  bool add(const ClientEvent& event) override {
    std::lock_guard lock(script_->mu);
    if (script_->throws > 0 && script_->throws-- > 0) throw std::runtime_error("out of sockets");
    if (script_->room == 0) return false;
    --script_->room;
    script_->bodies.push_back(event.body);
    if (script_->settles) ++script_->settled;
    return true;
  }
  void input_dry() override { ++locked()->dry; }
  void flush() override { ++locked()->flushes; }
  std::uint64_t stop(Micros) override {
    auto script = locked();
    ++script->stopped;
    return script->in_doubt;
  }
  std::uint64_t settled_events() const override { return locked()->settled; }
  std::uint64_t refused_events() const override { return locked()->refused; }
  std::string problem() const override { return locked()->settles ? "" : "nobody listens"; }

 private:
  struct Locked {
    std::unique_lock<std::mutex> lock;
    Script* script;
    Script* operator->() const { return script; }
  };
  Locked locked() const { return {std::unique_lock(script_->mu), script_.get()}; }
  std::shared_ptr<Script> script_;
};

struct SinkFixture {
  void open(std::size_t events = 100, std::size_t bytes = 100'000) {
    NetworkSinkParts parts;
    parts.transport = [script = script](EventLoop& loop, ClientTransportOwner& owner) {
      return std::make_unique<ScriptedTransport>(script, loop, owner);
    };
    parts.can_carry = [](const ClientEvent& event) { return event.type != "uncarried"; };
    parts.queue_events = events;
    parts.queue_bytes = bytes;
    parts.retry_after = Millis(10);
    auto opened = NetworkSink::open(std::move(parts));
    REQUIRE(opened.ok());
    sink = std::move(*opened);
  }
  SubmitResult submit(const std::string& body, const char* type = "t") {
    return sink->submit({type, "h", 0, body});
  }
  // On the sink's thread, as a transport would.
  template <typename F>
  void tell(F change) {
    EventLoop* loop = nullptr;
    {
      std::lock_guard lock(script->mu);
      loop = script->loop;
    }
    loop->call([&] {
      ClientTransportOwner* owner = nullptr;
      {
        std::lock_guard lock(script->mu);
        change(*script);
        owner = script->owner;
      }
      owner->room();
      owner->progressed();
    });
  }
  std::size_t added() {
    std::lock_guard lock(script->mu);
    return script->bodies.size();
  }
  bool made() {
    return eventually([&] {
      std::lock_guard lock(script->mu);
      return script->made > 0;
    });
  }

  std::shared_ptr<Script> script = std::make_shared<Script>();
  std::unique_ptr<ClientSink> sink;
};

using Bodies = std::vector<std::string>;

TEST_CASE_FIXTURE(SinkFixture,
                  "events come to the transport in order, which is told when none wait") {
  open();
  for (const char* body : {"1", "2", "3"}) CHECK(submit(body) == SubmitResult::kTaken);
  CHECK(eventually([&] { return sink->stats().sent == 3; }));
  sink->shutdown(std::chrono::seconds(20));
  CHECK(script->bodies == Bodies{"1", "2", "3"});
  CHECK(script->dry > 0);
  CHECK(script->flushes > 0);
  CHECK(script->stopped == 1);
  SinkStats stats = sink->stats();
  CHECK(stats.sent == 3);
  CHECK(stats.lost == 0);
  CHECK(stats.queued_events == 0);
  CHECK(stats.queued_bytes == 0);
}

TEST_CASE_FIXTURE(SinkFixture, "the application's signals never come to the library's thread") {
  open();
  REQUIRE(made());
  sink->shutdown(std::chrono::seconds(20));
  CHECK(script->signals_blocked);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGTERM) == 0);
}

TEST_CASE_FIXTURE(SinkFixture, "what the transport can never carry is refused") {
  open();
  CHECK(submit("1", "uncarried") == SubmitResult::kRefused);
  CHECK(sink->stats().queued_events == 0);
}

TEST_CASE_FIXTURE(SinkFixture, "the bound counts what is not settled, wherever it waits") {
  script->settles = false;
  script->room = 2;
  open(3);
  for (const char* body : {"1", "2", "3"}) CHECK(submit(body) == SubmitResult::kTaken);
  CHECK(submit("4") == SubmitResult::kFull);
  REQUIRE(eventually([&] { return added() == 2; }));
  CHECK(submit("4") == SubmitResult::kFull);
  CHECK(sink->stats().queued_events == 3);
  CHECK(sink->stats().queued_bytes == 9);
  tell([](Script& s) { s.settled = 1; });
  CHECK(sink->stats().queued_events == 2);
  CHECK(submit("5") == SubmitResult::kTaken);
  CHECK(submit("6") == SubmitResult::kFull);
  tell([](Script& s) { s.room = 10; });
  CHECK(script->bodies == Bodies{"1", "2", "3", "5"});
}

TEST_CASE_FIXTURE(SinkFixture, "events that the receiver refused are counted apart") {
  script->settles = false;
  open();
  for (const char* body : {"1", "2", "3"}) CHECK(submit(body) == SubmitResult::kTaken);
  REQUIRE(eventually([&] { return added() == 3; }));
  tell([](Script& s) {
    s.settled = 3;
    s.refused = 1;
  });
  CHECK(sink->stats().sent == 2);
  CHECK(sink->stats().refused == 1);
  CHECK(sink->stats().queued_events == 0);
}

TEST_CASE_FIXTURE(SinkFixture, "shutdown waits until all is settled") {
  script->settles = false;
  script->room = 1;
  open();
  CHECK(submit("1") == SubmitResult::kTaken);
  CHECK(submit("2") == SubmitResult::kTaken);
  REQUIRE(eventually([&] { return added() == 1; }));
  auto ended = std::async(std::launch::async, [&] { sink->shutdown(std::chrono::seconds(60)); });
  REQUIRE(eventually([&] {
    std::lock_guard lock(script->mu);
    return script->flushes > 0;
  }));
  CHECK(submit("late") == SubmitResult::kFull);
  tell([](Script& s) { s.room = 10; });
  CHECK(ended.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  tell([](Script& s) { s.settled = 2; });
  ended.get();
  CHECK(script->bodies == Bodies{"1", "2"});
  CHECK(sink->stats().sent == 2);
  CHECK(sink->stats().lost == 0);
}

TEST_CASE_FIXTURE(SinkFixture, "what is left when the time to linger is over is counted as lost") {
  script->settles = false;
  script->room = 1;
  open();
  for (const char* body : {"1", "2", "3"}) CHECK(submit(body) == SubmitResult::kTaken);
  REQUIRE(eventually([&] { return added() == 1; }));
  tell([](Script& s) {
    s.room = 1;
    s.settled = 1;
  });
  sink->shutdown(std::chrono::milliseconds(1));
  SinkStats stats = sink->stats();
  CHECK(stats.sent == 1);
  CHECK(stats.lost == 2);
  CHECK(stats.queued_events == 0);
  CHECK(stats.queued_bytes == 0);
  CHECK(stats.problem == "nobody listens");
  CHECK(submit("4") == SubmitResult::kFull);
}

TEST_CASE_FIXTURE(SinkFixture,
                  "what the network may not have delivered is no longer counted as sent") {
  script->in_doubt = 2;
  open();
  for (const char* body : {"1", "2", "3"}) CHECK(submit(body) == SubmitResult::kTaken);
  sink->shutdown(std::chrono::seconds(20));
  CHECK(sink->stats().sent == 1);
  CHECK(sink->stats().lost == 2);
}

TEST_CASE_FIXTURE(SinkFixture,
                  "after the transport threw, its events are lost and a new one goes on") {
  script->settles = false;
  open();
  CHECK(submit("1") == SubmitResult::kTaken);
  REQUIRE(eventually([&] { return added() == 1; }));
  {
    std::lock_guard lock(script->mu);
    script->throws = 1;
    script->refuses_to_start = 2;
    script->settles = true;
  }
  CHECK(submit("2") == SubmitResult::kTaken);
  CHECK(eventually([&] { return sink->stats().lost == 1; }));
  CHECK(submit("3") == SubmitResult::kTaken);
  CHECK(eventually([&] { return sink->stats().sent == 2; }));
  CHECK(script->made == 4);
  CHECK(script->bodies == Bodies{"1", "2", "3"});
  CHECK(sink->stats().queued_events == 0);
  CHECK(sink->stats().problem.empty());
}

TEST_CASE_FIXTURE(SinkFixture, "shutdown ends also when there never was a transport") {
  script->refuses_to_start = 1'000'000;
  open();
  CHECK(submit("1") == SubmitResult::kTaken);
  CHECK(eventually([&] { return !sink->stats().problem.empty(); }));
  CHECK(sink->stats().problem == "the connection failed: no descriptors");
  sink->shutdown(std::chrono::milliseconds(30));
  CHECK(sink->stats().lost == 1);
}

TEST_CASE_FIXTURE(SinkFixture, "with nothing to send shutdown does not wait") {
  script->settles = false;
  open();
  REQUIRE(made());
  // Would be over the test's time.
  sink->shutdown(std::chrono::hours(1));
  CHECK(script->stopped == 1);
}

}  // namespace
}  // namespace ox
