#include "common/ingest/cutoff_client.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <utility>

#include <doctest/doctest.h>

#include "common/base/log.h"
#include "common/base/socket.h"
#include "proto/control.h"

namespace ox {
namespace {

// A control port that answers what it is told to, on a thread of its own.
class CuttingCollector {
 public:
  CuttingCollector() {
    set_log_sink([](LogLevel, std::string_view) {});
    REQUIRE(socket_.bind("tcp://127.0.0.1:*").ok());
    loop_.watch_socket(socket_.handle(), kReadable, [this] { answer(); });
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~CuttingCollector() {
    loop_.stop();
    thread_.join();
    set_log_sink(nullptr);
  }
  Address address() { return Address::tcp("127.0.0.1", socket_.last_port()); }
  // Nothing: it is silent.
  void say(std::optional<CutoffReply> reply) {
    loop_.call([this, reply = std::move(reply)] { reply_ = reply; });
  }
  std::vector<CutoffRequest> requests() {
    return loop_.call([this] { return requests_; });
  }
  zmq::context_t context;
  Metrics metrics;

 private:
  void answer() {
    std::vector<zmq::message_t> frames;
    while (socket_.receive(frames)) {
      auto request = ControlRequest::decode(view(frames.back()));
      REQUIRE(request.ok());
      requests_.push_back(decode_cutoff_request(request->map()).value());
      if (!reply_) continue;
      const std::string body = encode_cutoff_reply(*reply_);
      socket_.send_copy({view(frames[0]), "", body});
    }
  }

  Socket socket_{context, zmq::socket_type::router, {}};
  EventLoop loop_;
  std::optional<CutoffReply> reply_ = CutoffReply{3, false, ""};
  std::vector<CutoffRequest> requests_;
  std::thread thread_;
};

CutoffRequest of_logger() {
  CutoffRequest request;
  request.scope.types = TypePattern::parse("logger").value();
  return request;
}

Result<CutoffReply> ask_and_wait(CutoffClient& client) {
  std::promise<Result<CutoffReply>> told;
  client.ask(of_logger(), [&told](const Result<CutoffReply>& reply) { told.set_value(reply); });
  return told.get_future().get();
}

RetentionRule rule_of(int days) {
  RetentionRule rule;
  rule.variable = "LOGGER_RETENTION_DAYS";
  rule.scope = of_logger().scope;
  rule.days = days;
  return rule;
}

}  // namespace

TEST_CASE("a request is answered as the collector says") {
  CuttingCollector collector;
  CutoffClient client(collector.context, collector.address(), {}, collector.metrics,
                      Clock::system());
  client.start();
  CHECK(ask_and_wait(client)->hidden == 3);
  collector.say(CutoffReply{std::nullopt, true, "no\nfiles"});
  auto refused = ask_and_wait(client);
  REQUIRE(refused.ok());
  CHECK(refused->unsupported);
  CHECK(refused->error == "no?files");
  CHECK(collector.metrics.counter("cutoffs.asked").value() == 2);
  CHECK(collector.metrics.counter("cutoffs.failed").value() == 1);
}

TEST_CASE("one that is under way when the program stops is answered, and so is a later one") {
  CuttingCollector collector;
  collector.say(std::nullopt);
  CutoffClient client(collector.context, collector.address(), {}, collector.metrics,
                      Clock::system());
  CHECK(ask_and_wait(client).status().code() == Code::kUnavailable);  // not started
  client.start();
  std::promise<Result<CutoffReply>> told;
  client.ask(of_logger(), [&told](const Result<CutoffReply>& reply) { told.set_value(reply); });
  client.stop();
  CHECK(told.get_future().get().status().code() == Code::kUnavailable);
  CHECK(ask_and_wait(client).status().code() == Code::kUnavailable);
}

TEST_CASE("the retention is applied at the start, without counting") {
  CuttingCollector collector;
  CutoffClient client(collector.context, collector.address(), {rule_of(30), rule_of(7)},
                      collector.metrics, Clock::system());
  client.start();
  REQUIRE(client.wait_applied(Seconds(60)));
  // Each has a connection of its own: they come in any order.
  auto requests = collector.requests();
  REQUIRE(requests.size() == 2);
  std::ranges::sort(requests, {},
                    [](const CutoffRequest& request) { return request.scope.before.value_or(0); });
  const double now = to_seconds(Clock::system().wall());
  for (auto [request, days] : {std::pair(requests[0], 30), std::pair(requests[1], 7)}) {
    CHECK_FALSE(request.count);
    const double age = now - request.scope.before.value_or(0) - days * 86400.0;
    CHECK(std::abs(age) < 3600);
  }
}

TEST_CASE("a collector that refuses is asked again, until it does it") {
  CuttingCollector collector;
  collector.say(CutoffReply{std::nullopt, false, "CUT_OFF: the disk is full"});
  CutoffClient client(collector.context, collector.address(), {rule_of(30)}, collector.metrics,
                      Clock::system());
  client.start();
  REQUIRE(client.wait_applied(Seconds(60)));
  collector.say(CutoffReply{});
  const MonoTime deadline = Clock::system().mono() + Seconds(60);
  while (collector.requests().size() < 2) REQUIRE(Clock::system().mono() < deadline);
}

}  // namespace ox
