// Many clients of the link in one process, each with a session of its own that sends a few events a second:
// what a node's clients cost it. Prints a line when all are connected, and a line of JSON when they have sent; they
// stay until standard input ends.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zmq.hpp>

#include "common/base/cli11.h"
#include "common/base/event_loop.h"
#include "common/base/options.h"
#include "common/link/publisher.h"
#include "common/link/target.h"
#include "tests/bench/process_cpu.h"
#include "tests/bench/workload.h"

namespace ox {
namespace {

// The clients send in so many groups, one after the other: together their events come as evenly as those of
// as many processes, and our own timers are few.
constexpr std::size_t kGroups = 50;

struct ClientsOptions {
  std::string target;
  std::size_t clients = 1000;
  double rate = 10;  // of each, events a second
  double seconds = 5;
};

class Clients : private LinkPublisherOwner {
 public:
  Clients(zmq::context_t& context, const Address& link, const Workload& workload,
          const ClientsOptions& options)
      : workload_(workload), options_(options) {
    LinkPublisherOwner& owner = *this;
    for (std::size_t i = 0; i < options.clients; ++i) {
      const NodeIdentity self{Uuid::random(), Uuid::random(), fmt::format("client-{}", i), "bench"};
      publishers_.push_back(std::make_unique<LinkPublisher>(
          context, loop_, self, std::vector<Address>{link}, owner, metrics_));
    }
  }

  void run() {
    for (auto& publisher : publishers_) publisher->start();
    loop_.run();
    // Who measures looks at the node while all are still connected.
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    for (auto& publisher : publishers_) publisher->stop();
  }

 private:
  void link_changed() override {
    if (sending_ || !std::all_of(publishers_.begin(), publishers_.end(), [](const auto& each) {
          return each->state() == LinkState::kConnected;
        }))
      return;
    sending_ = true;
    fmt::print("ready\n");
    std::fflush(stdout);
    begin_ = Clock::system().mono();
    cpu_ = process_cpu_seconds();
    const Micros beat(static_cast<std::int64_t>(1e6 / options_.rate / kGroups));
    timer_ = loop_.call_every(beat, [this] { send_group(); });
    loop_.call_after(Micros(static_cast<std::int64_t>(options_.seconds * 1e6)), [this] {
      loop_.cancel(timer_);
      ended_ = true;
      stop_when_drained();
    });
  }

  void send_group() {
    const std::size_t group = beats_++ % kGroups;
    for (std::size_t i = group; i < publishers_.size(); i += kGroups) {
      const Workload::Event& event = workload_.event(sent_);
      if (!publishers_[i]->add(workload_.types()[event.type], Workload::kHost, event.end,
                               event.bytes))
        continue;
      publishers_[i]->input_dry();
      bytes_ += event.bytes.size();
      ++sent_;
    }
  }

  void settled() override {
    if (ended_) stop_when_drained();
  }

  void stop_when_drained() {
    if (!std::all_of(publishers_.begin(), publishers_.end(),
                     [](const auto& each) { return each->drained(); }))
      return;
    fmt::print("{{\"seconds\": {:.6f}, \"cpu_seconds\": {:.6f}, \"events\": {}, \"bytes\": {}}}\n",
               to_seconds(Clock::system().mono() - begin_), process_cpu_seconds() - cpu_, sent_,
               bytes_);
    std::fflush(stdout);
    loop_.stop();
  }

  const Workload& workload_;
  const ClientsOptions options_;
  EventLoop loop_;
  Metrics metrics_;
  std::vector<std::unique_ptr<LinkPublisher>> publishers_;
  EventLoop::Id timer_ = 0;
  bool sending_ = false;
  bool ended_ = false;
  MonoTime begin_{};
  double cpu_ = 0;
  std::size_t beats_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t bytes_ = 0;
};

// A session takes two descriptors.
void allow_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int clients(int argc, char** argv) {
  ClientsOptions options;
  CommandLine line("bench_clients", "Many clients that send little.");
  line.app().add_option("target", options.target, "HOST:PORT, of collect")->required();
  line.app().add_option("--clients", options.clients, "How many")->check(CLI::Range(1, 10'000));
  line.app()
      .add_option("--rate", options.rate, "Events a second, of each")
      ->check(CLI::Range(0.01, 1000.0));
  line.app().add_option("--seconds", options.seconds, "How long")->check(CLI::PositiveNumber);
  if (auto code = line.parse(argc, argv)) return *code;
  const auto target = Target::parse(options.target);
  const auto workload = Workload::make({});
  if (!target.ok() || !workload.ok()) {
    line.complain(target.ok() ? workload.status().message() : target.status().message());
    return kExitUsage;
  }
  allow_descriptors();
  zmq::context_t context;
  context.set(zmq::ctxopt::max_sockets, static_cast<int>(options.clients) * 2 + 64);
  Clients(context, target->address, *workload, options).run();
  return kExitOk;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::clients(argc, argv); }
