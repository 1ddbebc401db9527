// Many clients of the link in one process, each with a connection and a session of its own that sends an event
// now and then, in a batch of its own: what a node's clients cost it. Prints a line when all are connected, and a
// line of JSON when all events are acknowledged; they stay until standard input ends.
#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/link/target.h"
#include "proto/link.h"
#include "tests/bench/process_cpu.h"
#include "tests/bench/workload.h"
#include "tests/bench/zmtp_peer.h"

namespace ox {
namespace {

constexpr int kTickMillis = 1;
constexpr Micros kPatience = Seconds(30);

struct ClientsOptions {
  std::string target;
  std::size_t clients = 1000;
  double rate = 10;  // of each, events a second
  double seconds = 5;
};

// One session. Every batch is one event; acknowledgements come in order.
class Client {
 public:
  explicit Client(ZmtpPeer peer) : peer_(std::move(peer)) {}

  int fd() const { return peer_.fd(); }
  bool welcomed() const { return welcomed_; }
  std::uint64_t waiting() const { return next_ - acked_; }

  Status hello(std::size_t number) {
    const Hello hello{kLinkVersion,   Uuid::random(),
                      Uuid::random(), fmt::format("client-{}", number),
                      "bench",        {}};
    return peer_.send(
        {encode_link_header({LinkCommand::kHello, session_, 0}), encode_hello(hello)});
  }

  Status send(BatchBuilder& builder, const Workload& workload, std::uint64_t n) {
    const Workload::Event& event = workload.event(n);
    builder.add(workload.types()[event.type], Workload::kHost, event.end, event.bytes);
    const BatchPtr batch = builder.seal({run_, ++next_}, Clock::system().wall());
    sent_at_.push_back(Clock::system().mono());
    return peer_.send({encode_link_header({LinkCommand::kBatch, session_, next_}), batch->bytes()});
  }

  // Appends how long each acknowledged event took, in microseconds.
  Status take(std::vector<std::int64_t>& latencies) {
    return peer_.receive([&](const std::vector<std::string_view>& frames) {
      OX_ASSIGN_OR_RETURN(const LinkHeader header, decode_link_header(frames[0]));
      if (header.command == LinkCommand::kWelcome) welcomed_ = true;
      if (header.command == LinkCommand::kReject || header.command == LinkCommand::kReset)
        return Status(Code::kCorrupt, "the node refuses a session");
      if (header.command != LinkCommand::kAck) return ok_status();
      OX_ASSIGN_OR_RETURN(const LinkAck ack, decode_ack(frames.at(1)));
      const MonoTime now = Clock::system().mono();
      for (const AckRange& range : ack.ranges)
        for (; acked_ < range.last; ++acked_) latencies.push_back((now - sent_at_[acked_]).count());
      return ok_status();
    });
  }

 private:
  ZmtpPeer peer_;
  const std::uint64_t session_ = random_u64();
  const Uuid run_ = Uuid::random();
  bool welcomed_ = false;
  std::uint64_t next_ = 0;  // batches sent
  std::uint64_t acked_ = 0;
  std::vector<MonoTime> sent_at_;  // by batch
};

class Clients {
 public:
  Clients(const Address& link, const ClientsOptions& options, const Workload& workload)
      : link_(link),
        options_(options),
        workload_(workload),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  Status run() {
    OX_RETURN_IF_ERROR(connect_all());
    fmt::print("ready\n");
    std::fflush(stdout);
    const MonoTime begin = Clock::system().mono();
    const double cpu = process_cpu_seconds();
    const double rate = options_.rate * static_cast<double>(clients_.size());
    const auto count =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rate * options_.seconds));
    std::uint64_t sent = 0;
    BatchBuilder builder(1 << 10);
    while (sent < count) {
      const double due = to_seconds(Clock::system().mono() - begin) * rate;
      for (; sent < count && static_cast<double>(sent) <= due; ++sent)
        OX_RETURN_IF_ERROR(clients_[sent % clients_.size()].send(builder, workload_, sent));
      OX_RETURN_IF_ERROR(wait());
    }
    const double seconds = to_seconds(Clock::system().mono() - begin);
    OX_RETURN_IF_ERROR(wait_for([this, count] { return latencies_.size() == count; },
                                "all events are acknowledged"));
    std::sort(latencies_.begin(), latencies_.end());
    fmt::print(
        "{{\"seconds\": {:.6f}, \"cpu_seconds\": {:.6f}, \"events\": {}, \"bytes\": {}, "
        "\"p50_us\": {}, \"p99_us\": {}}}\n",
        seconds, process_cpu_seconds() - cpu, sent, workload_.total_bytes(sent),
        latencies_[count / 2], latencies_[count * 99 / 100]);
    std::fflush(stdout);
    // Who measures looks at the node while all are still connected.
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return ok_status();
  }

 private:
  Status connect_all() {
    clients_.reserve(options_.clients);
    for (std::size_t i = 0; i < options_.clients; ++i) {
      OX_ASSIGN_OR_RETURN(ZmtpPeer peer, ZmtpPeer::connect(link_));
      clients_.emplace_back(std::move(peer));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, clients_[i].fd(), &event) != 0)
        return Status(Code::kIo, "epoll_ctl failed");
      OX_RETURN_IF_ERROR(clients_[i].hello(i));
    }
    return wait_for(
        [this] {
          return std::all_of(clients_.begin(), clients_.end(),
                             [](const Client& client) { return client.welcomed(); });
        },
        "all clients are connected");
  }

  Status wait_for(const std::function<bool()>& done, std::string_view what) {
    const MonoTime deadline = Clock::system().mono() + kPatience;
    while (!done()) {
      if (Clock::system().mono() > deadline)
        return Status(Code::kUnavailable, fmt::format("not within 30 s: {}", what));
      OX_RETURN_IF_ERROR(wait());
    }
    return ok_status();
  }

  // What has come, or the end of a tick.
  Status wait() {
    epoll_event ready[256];
    const int count = ::epoll_wait(epoll_.get(), ready, std::size(ready), kTickMillis);
    for (int i = 0; i < count; ++i)
      OX_RETURN_IF_ERROR(clients_[ready[i].data.u64].take(latencies_));
    return ok_status();
  }

  const Address& link_;
  const ClientsOptions& options_;
  const Workload& workload_;
  const UniqueFd epoll_;
  std::vector<Client> clients_;
  std::vector<std::int64_t> latencies_;
};

Status allow_descriptors(std::size_t clients) {
  rlimit limit{};
  const std::size_t needed = clients + 64;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  if (limit.rlim_max >= needed && ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return ok_status();
  return Status(Code::kUnavailable,
                fmt::format("{} clients need {} open files (ulimit -n)", clients, needed));
}

int clients(int argc, char** argv) {
  ClientsOptions options;
  CommandLine line("bench_clients", "Many clients that send little.");
  line.app().add_option("target", options.target, "HOST:PORT, of collect")->required();
  line.app().add_option("--clients", options.clients, "How many")->check(CLI::Range(1, 20'000));
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
  Status status = allow_descriptors(options.clients);
  if (status.ok()) status = Clients(target->address, options, *workload).run();
  if (status.ok()) return kExitOk;
  line.complain(status.message());
  return kExitFailed;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::clients(argc, argv); }
