#include "common/read/node_watch.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <doctest/doctest.h>

#include "common/base/socket.h"
#include "tests/unit/http/http_fixture.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// A control socket that answers everything alike, until it ends.
class ControlSocket {
 public:
  explicit ControlSocket(std::function<std::string()> answer)
      : socket_(context_, zmq::socket_type::rep) {
    REQUIRE(socket_.bind("tcp://127.0.0.1:*").ok());
    port_ = socket_.last_port();
    thread_ = std::thread([this, answer = std::move(answer)] {
      zmq::message_t request;
      try {
        while (socket_.raw().recv(request)) {
          asked_ += 1;
          std::vector<zmq::message_t> frames;
          frames.emplace_back(answer());
          (void)socket_.send(frames);
        }
      } catch (const zmq::error_t&) {
        return;  // the context is shut down
      }
    });
  }
  ~ControlSocket() {
    context_.shutdown();
    thread_.join();
  }
  Address address() const { return Address::tcp("127.0.0.1", port_); }
  int asked() const { return asked_; }

 private:
  zmq::context_t context_;
  Socket socket_;
  std::uint16_t port_ = 0;
  std::atomic<int> asked_{0};
  std::thread thread_;
};

struct WatchFixture {
  explicit WatchFixture(std::vector<Address> nodes, Millis deadline = Seconds(20))
      : watch({.nodes = std::move(nodes), .deadline = deadline}, clock, metrics) {}

  std::string ask() {
    Watched<std::string> told;
    REQUIRE(watch.ask(
        [&](const std::string& json) { told.change([&](std::string& text) { text = json; }); }));
    REQUIRE(told.wait([](const std::string& text) { return !text.empty(); }));
    return told.get();
  }

  FakeClock clock;
  Metrics metrics;
  NodeWatch watch;
};

std::string status_of(const char* name) {
  return packed(std::string(R"({"node": {"name": ")") + name + R"("}})");
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("nodes are asked when somebody wants to know, and once a second at most") {
  ControlSocket a([] { return status_of("a"); });
  ControlSocket b([] { return status_of("b"); });
  WatchFixture fixture({a.address(), b.address()});
  CHECK(a.asked() == 0);
  const std::string first = fixture.ask();
  CHECK(has(first, R"("name": "a")"));
  CHECK(has(first, R"("name": "b")"));
  CHECK(first.find(a.address().to_string()) < first.find(b.address().to_string()));
  for (int i = 0; i < 50; ++i) CHECK(fixture.ask() == first);
  fixture.clock.advance(Millis(999));
  fixture.ask();
  CHECK(a.asked() == 1);
  fixture.clock.advance(Millis(1));
  fixture.ask();
  CHECK(a.asked() == 2);
  CHECK(b.asked() == 2);
  CHECK(fixture.metrics.counter("nodes.asked").value() == 4);
}

TEST_CASE("those who ask while an answer is on its way get the same one") {
  Watched<bool> go_on;
  ControlSocket node([&] {
    go_on.wait([](bool set) { return set; });
    return status_of("slow");
  });
  Watched<int> told;
  WatchFixture fixture({node.address()});
  for (int i = 0; i < 100; ++i)
    REQUIRE(fixture.watch.ask([&](const std::string& json) {
      CHECK(has(json, "slow"));
      told.change([](int& n) { ++n; });
    }));
  go_on.change([](bool& set) { set = true; });
  CHECK(told.wait([](int n) { return n == 100; }));
  CHECK(node.asked() == 1);
}

TEST_CASE("a node that does not answer in time has an error") {
  Watched<bool> over;
  ControlSocket silent([&] {
    over.wait([](bool set) { return set; });
    return status_of("late");
  });
  WatchFixture fixture({silent.address()}, Millis(100));
  const std::string name = silent.address().to_string();
  CHECK(fixture.ask() == R"({"nodes": [{"address": ")" + name + R"(", "error": ")" + name +
                             R"( did not answer within 100ms"}]})");
  over.change([](bool& set) { set = true; });
}

TEST_CASE("a node that does not answer well has an error, and the others what they told") {
  ControlSocket good([] { return status_of("good"); });
  ControlSocket refuses([] { return packed(R"({"error": "go away"})"); });
  ControlSocket babbles([] { return std::string("\xc1"); });
  WatchFixture fixture({good.address(), refuses.address(), babbles.address()});
  const std::string told = fixture.ask();
  CHECK(has(told, R"("name": "good")"));
  CHECK(has(told, R"("error": "refused: go away"})"));
  CHECK(has(told, R"("error": "the reply is not MessagePack"})"));
}

TEST_CASE("a watch that is stopped tells those who wait, and takes nobody else") {
  Watched<bool> over;
  ControlSocket silent([&] {
    over.wait([](bool set) { return set; });
    return status_of("late");
  });
  Watched<std::string> told;
  WatchFixture fixture({silent.address()});
  REQUIRE(fixture.watch.ask(
      [&](const std::string& json) { told.change([&](std::string& text) { text = json; }); }));
  fixture.watch.stop();
  CHECK(has(told.get(), "error"));
  CHECK_FALSE(fixture.watch.ask([](const std::string&) { CHECK(false); }));
  over.change([](bool& set) { set = true; });
}

}  // namespace ox
