// The client library with the link, whose other end is on the test's own loop.
#include <future>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <oxd/client.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/client/seen_event.h"
#include "tests/unit/link/scripted_receiver.h"

namespace ox {
namespace {

struct LinkFixture {
  ~LinkFixture() { shutdown(std::chrono::milliseconds(0)); }

  ClientOptions options() const {
    ClientOptions out;
    out.address = "link://" + receiver->address().to_string();
    return out;
  }
  template <typename Condition>
  bool until(Condition condition) {
    MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!condition()) {
      if (Clock::system().mono() > deadline) return false;
      loop.run_once(Millis(5));
    }
    return true;
  }
  // shutdown() while the receiver goes on.
  bool end(std::chrono::milliseconds linger) {
    auto ended = std::async(std::launch::async, [&] { return shutdown(linger); });
    REQUIRE(until(
        [&] { return ended.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
    return ended.get();
  }
  std::vector<std::string> types() const {
    std::vector<std::string> out;
    for (const std::string& body : receiver->bodies()) out.push_back(see(body).type);
    return out;
  }
  static void emit(const std::string& type, int number = 0) {
    Context context(type);
    set("n", number);
  }

  zmq::context_t zmq_context;
  EventLoop loop;
  std::optional<ScriptedReceiver> receiver{std::in_place, zmq_context, loop};
};

using Types = std::vector<std::string>;

TEST_CASE_FIXTURE(LinkFixture, "events go over the link, and are sent when they are acknowledged") {
  receiver->acks = false;
  REQUIRE(configure(options()));
  emit("a", 1);
  REQUIRE(until([&] { return receiver->batches.size() == 1; }));
  CHECK(see(receiver->bodies()[0]).body == R"({"n": 1})");
  REQUIRE(receiver->hellos.size() == 1);
  CHECK(receiver->hellos[0].node_name.find('[') != std::string::npos);
  CHECK(stats().sent == 0);
  CHECK(stats().queued_events == 1);
  receiver->ack(0, 0);
  CHECK(until([&] { return stats().sent == 1; }));
  CHECK(stats().queued_events == 0);
  CHECK(stats().queued_bytes == 0);
  CHECK(stats().problem.empty());
}

TEST_CASE_FIXTURE(LinkFixture, "shutdown sends what is queued, and says that it did") {
  REQUIRE(configure(options()));
  for (int i = 0; i < 1000; ++i) emit("a", i);
  CHECK(end(std::chrono::seconds(20)));
  std::vector<std::string> bodies = receiver->bodies();
  REQUIRE(bodies.size() == 1000);
  for (int i = 0; i < 1000; ++i)
    REQUIRE(see(bodies[static_cast<std::size_t>(i)]).body == "{\"n\": " + std::to_string(i) + "}");
  CHECK(stats().submitted == 1000);
  CHECK(stats().sent == 1000);
  CHECK(stats().lost_at_shutdown == 0);
}

TEST_CASE_FIXTURE(LinkFixture,
                  "without a receiver the queue fills, and what comes on top is counted") {
  receiver->disappear();
  ClientOptions small = options();
  small.queue_events = 3;
  REQUIRE(configure(small));
  for (int i = 0; i < 5; ++i) emit("a", i);
  CHECK(stats().submitted == 5);
  CHECK(stats().overflowed == 2);
  CHECK(stats().queued_events == 3);
  CHECK(until([&] { return !stats().problem.empty(); }));
  CHECK(stats().problem.find("no link answers at 127.0.0.1:") == 0);
  CHECK_FALSE(shutdown(std::chrono::milliseconds(1)));
  CHECK(stats().lost_at_shutdown == 3);
  CHECK(stats().queued_events == 0);
}

TEST_CASE_FIXTURE(LinkFixture, "events wait for a receiver that comes later, and stay in order") {
  receiver->disappear();
  REQUIRE(configure(options()));
  emit("first");
  emit("second");
  receiver->appear();
  emit("third");
  CHECK(until([&] { return stats().sent == 3; }));
  CHECK(types() == Types{"first", "second", "third"});
}

TEST_CASE_FIXTURE(LinkFixture,
                  "what was not acknowledged goes again to a receiver that comes back") {
  receiver->acks = false;
  REQUIRE(configure(options()));
  emit("a");
  REQUIRE(until([&] { return receiver->batches.size() == 1; }));
  receiver->disappear();
  receiver->acks = true;
  receiver->appear();
  CHECK(until([&] { return stats().sent == 1; }));
  REQUIRE(receiver->batches.size() == 2);
  CHECK(receiver->batches[0].id == receiver->batches[1].id);
}

TEST_CASE_FIXTURE(LinkFixture, "without the first receiver events go to the second") {
  ScriptedReceiver gone(zmq_context, loop);
  gone.disappear();
  REQUIRE(configure("link://" + gone.address().to_string() + ", " + options().address));
  emit("a");
  CHECK(until([&] { return stats().sent == 1; }));
  CHECK(types() == Types{"a"});
}

TEST_CASE_FIXTURE(LinkFixture, "a receiver that refuses us is a problem that is told") {
  receiver->refuses_session = RejectReason::kForbidden;
  REQUIRE(configure(options()));
  emit("a");
  CHECK(until([&] { return stats().problem.find("refuses us") != std::string::npos; }));
  CHECK(stats().queued_events == 1);
}

TEST_CASE_FIXTURE(LinkFixture, "a batch that is refused for itself is counted as refused") {
  receiver->acks = false;
  REQUIRE(configure(options()));
  emit("a");
  REQUIRE(until([&] { return receiver->batches.size() == 1; }));
  receiver->reject(0, RejectReason::kTooLarge);
  CHECK(until([&] { return stats().refused == 1; }));
  CHECK(stats().sent == 0);
  CHECK(stats().queued_events == 0);
}

TEST_CASE_FIXTURE(LinkFixture, "many threads' events arrive, each thread's in its order") {
  constexpr int kThreads = 4;
  constexpr int kEvents = 500;
  REQUIRE(configure(options()));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < kEvents; ++i) emit("t" + std::to_string(t), i);
    });
  CHECK(until([&] { return stats().sent == kThreads * kEvents; }));
  for (std::thread& thread : threads) thread.join();
  std::vector<int> next(kThreads, 0);
  for (const std::string& body : receiver->bodies()) {
    SeenEvent seen = see(body);
    auto t = static_cast<std::size_t>(std::stoi(seen.type.substr(1)));
    REQUIRE(seen.body == "{\"n\": " + std::to_string(next[t]++) + "}");
  }
  CHECK(next == std::vector<int>(kThreads, kEvents));
}

// ThreadSanitizer allows no threads in the child of a process that has some.
#if !defined(__SANITIZE_THREAD__)

TEST_CASE_FIXTURE(LinkFixture, "a child made by fork() has a connection of its own") {
  REQUIRE(configure(options()));
  Context request("request");
  emit("before");
  REQUIRE(until([&] { return stats().sent == 1; }));
  pid_t child = ::fork();
  if (child == 0) {
    // The parent's context is still around, but it is the parent's.
    set("child", true);
    { Context below(".child"); }
    bool good = configured() && stats().submitted == 1;
    request.close();
    good = shutdown(std::chrono::seconds(20)) && good && stats().sent == 1;
    ::_exit(good ? 0 : 1);
  }
  REQUIRE(child > 0);
  int status = -1;
  REQUIRE(until([&] { return ::waitpid(child, &status, WNOHANG) == child; }));
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  set("parent", true);
  request.close();
  CHECK(until([&] { return stats().sent == 2; }));
  CHECK(types() == Types{"before", "request.child", "request"});
  SeenEvent of_child = see(receiver->bodies()[1]);
  SeenEvent of_parent = see(receiver->bodies()[2]);
  CHECK(of_child.id == of_parent.id);
  CHECK(of_child.pid == static_cast<std::uint64_t>(child));
  CHECK(of_parent.pid == static_cast<std::uint64_t>(::getpid()));
  CHECK(of_parent.body == R"({"parent": true})");
  CHECK(receiver->hellos.size() == 2);
}

TEST_CASE_FIXTURE(LinkFixture,
                  "a child that sends nothing opens nothing, and one of its own goes on") {
  REQUIRE(configure(options()));
  pid_t child = ::fork();
  if (child == 0) {
    pid_t grandchild = ::fork();
    if (grandchild == 0) {
      emit("grandchild");
      ::_exit(shutdown(std::chrono::seconds(20)) ? 0 : 1);
    }
    int status = -1;
    ::waitpid(grandchild, &status, 0);
    bool nothing = shutdown() && stats().submitted == 0;
    ::_exit(nothing && WIFEXITED(status) ? WEXITSTATUS(status) : 2);
  }
  REQUIRE(child > 0);
  int status = -1;
  REQUIRE(until([&] { return ::waitpid(child, &status, WNOHANG) == child; }));
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(until([&] { return receiver->hellos.size() == 2; }));
  CHECK(types() == Types{"grandchild"});
}

#endif

}  // namespace
}  // namespace ox
