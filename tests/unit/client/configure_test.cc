#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <oxd/configure.h>

#include "tests/unit/client/client_fixture.h"

namespace ox {
namespace {

TEST_CASE("without configure() contexts are there, and nothing is sent or checked") {
  REQUIRE_FALSE(configured());
  std::uint64_t misuses = stats().misuses;
  {
    Context request("request");
    CHECK(request.name() == "request");
    CHECK(request.sampled());
    CHECK(set("key", 1));
    CHECK(set("..", 1));
    Timer timer("time");
    Context db(".db");
    CHECK(db.name() == "request.db");
    CHECK(db.id() == request.id());
  }
  CHECK(stats().submitted == 0);
  CHECK(stats().misuses == misuses);
  CHECK(shutdown());
}

TEST_CASE(
    "a context that opened before configure() is not sent; what is below it, afterwards, is") {
  auto kept = std::make_shared<Kept>();
  {
    Context early("early");
    REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept)));
    set("key", 1);
    Context late(".late");
    CHECK(late.id() == early.id());
  }
  shutdown();
  REQUIRE(kept->events.size() == 1);
  CHECK(kept->events[0].type == "early.late");
}

TEST_CASE("after shutdown() nothing is sent, and the last figures stay") {
  auto kept = std::make_shared<Kept>();
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept)));
  CHECK(configured());
  { Context context("c"); }
  Context open("open");
  CHECK(shutdown());
  CHECK_FALSE(configured());
  open.close();
  { Context context("c"); }
  CHECK(kept->events.size() == 1);
  CHECK(kept->shutdowns == 1);
  CHECK(stats().submitted == 1);
  CHECK(stats().sent == 1);
  CHECK(shutdown());
  CHECK(kept->shutdowns == 1);
}

TEST_CASE("a new configuration takes over, and the old sink is shut down") {
  auto first = std::make_shared<Kept>();
  auto second = std::make_shared<Kept>();
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(first)));
  { Context context("one"); }
  Context open("open");
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(second)));
  CHECK(first->shutdowns == 1);
  open.close();
  shutdown();
  CHECK(first->events.size() == 1);
  REQUIRE(second->events.size() == 1);
  CHECK(second->events[0].type == "open");
  CHECK(stats().submitted == 1);
}

TEST_CASE("what the sink does not take is counted for what it is") {
  auto kept = std::make_shared<Kept>();
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept)));
  kept->answer = SubmitResult::kFull;
  { Context context("c"); }
  kept->answer = SubmitResult::kRefused;
  { Context a("c"); }
  { Context b("c"); }
  CHECK(stats().submitted == 3);
  CHECK(stats().overflowed == 1);
  CHECK(stats().refused == 2);
  shutdown();
}

TEST_CASE("a body that cannot be sent is replaced by nil, and counted") {
  auto kept = std::make_shared<Kept>();
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept)));
  Value deep = 1;
  for (std::size_t i = 0; i < kMaxEventDepth; ++i) deep = Value::list({deep});
  {
    Context context("c");
    set("deep", deep);
  }
  CHECK(see(kept->events.at(0).body).body == "null");
  CHECK(stats().bodies_replaced == 1);
  shutdown();
}

TEST_CASE("wrong options are told, and change nothing") {
  auto kept = std::make_shared<Kept>();
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept)));
  std::string error;
  CHECK_FALSE(configure("host:port", &error));
  CHECK(error.find("host:port") != std::string::npos);
  ClientOptions options;
  options.address = "127.0.0.1";
  options.host_name = std::string(256, 'h');
  CHECK_FALSE(configure(options, &error));
  CHECK(error.find("host_name") == 0);
  options.host_name = std::string(65, 'h');
  options.address = "blueox://127.0.0.1";
  CHECK_FALSE(configure(options, &error));
  CHECK(error.find("host_name") == 0);
  options = {};
  options.linger = std::chrono::milliseconds(-1);
  CHECK_FALSE(configure(options, &error));
  options = {};
  options.queue_events = 0;
  CHECK_FALSE(configure(options, &error));
  CHECK_FALSE(configure_sink(nullptr, {}, &error));
  CHECK(kept->shutdowns == 0);
  { Context context("c"); }
  CHECK(kept->events.size() == 1);
  shutdown();
}

TEST_CASE("the address off ends a configuration, and sends nothing") {
  auto kept = std::make_shared<Kept>();
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept)));
  std::string error = "unchanged?";
  CHECK(configure("off", &error));
  CHECK(error.empty());
  CHECK_FALSE(configured());
  CHECK(kept->shutdowns == 1);
}

TEST_CASE("the host of events is this machine's name, unless another is given") {
  auto kept = std::make_shared<Kept>();
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept)));
  { Context context("c"); }
  shutdown();
  char name[256] = {};
  REQUIRE(::gethostname(name, sizeof(name) - 1) == 0);
  CHECK(kept->events.at(0).host == name);
}

TEST_CASE_FIXTURE(ClientFixture, "many threads use contexts of their own and one in common") {
  constexpr int kThreads = 8;
  constexpr int kRounds = 200;
  {
    Context shared("shared");
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&shared, ref = shared.ref()] {
        for (int i = 0; i < kRounds; ++i) {
          Context own("own");
          set("i", i);
          shared.add("n", 1);
          ScopedContext here(ref);
          Context below(".below");
        }
      });
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(count() == 2 * kThreads * kRounds + 1);
  CHECK(last_body() == R"({"n": 1600})");
  CHECK(misuses() == 0);
}

TEST_CASE("threads may go on while the library is configured and shut down") {
  std::atomic<bool> done{false};
  std::atomic<int> opened{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      while (!done) {
        Context context("c", {".", 0.5});
        set("key", 1);
        (void)stats();
        ++opened;
      }
    });
  for (int i = 0; i < 30; ++i) {
    int before = opened;
    REQUIRE(configure_sink(std::make_unique<KeepingSink>(std::make_shared<Kept>())));
    while (opened < before + 20) std::this_thread::yield();
    if (i % 2 == 0) shutdown();
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  shutdown();
}

}  // namespace
}  // namespace ox
