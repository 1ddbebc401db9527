// How long an event takes from its sender, over v3, to a live stream's subscribers: sends events at a steady
// rate, each with the time at which it was due, and subscribes to them as often as asked. Prints a line when
// all subscribers hear events, and a line of JSON at the end. A sender that falls behind its rate counts as
// latency, and is told besides.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
#include <zmq.hpp>

#include "common/base/bytes.h"
#include "common/base/cli11.h"
#include "common/base/clock.h"
#include "common/base/options.h"
#include "common/base/socket.h"
#include "common/ingest/model/pack.h"
#include "proto/meta.h"
#include "tests/bench/process_cpu.h"

namespace ox {
namespace {

constexpr const char* kType = "latency";
constexpr std::size_t kEventBytes = 200;

struct LatencyOptions {
  std::string collect;
  std::string stream;
  std::size_t subscribers = 1;
  std::uint64_t rate = 10'000;
  double seconds = 5;  // 0: until standard input ends
};

// {"type": ..., "due": <64-bit>, "pad": ...}: the time is at a fixed place.
class TimedEvent {
 public:
  TimedEvent() {
    pack_map_header(bytes_, 3);
    pack_text(bytes_, "type");
    pack_text(bytes_, kType);
    pack_text(bytes_, "due");
    bytes_ += '\xcf';
    at_ = bytes_.size();
    bytes_.append(sizeof(std::uint64_t), '\0');
    pack_text(bytes_, "pad");
    pack_text(bytes_, std::string(kEventBytes - 3 - bytes_.size(), 'x'));
  }
  // 0: a probe, which asks only whether somebody hears.
  std::string_view due(MonoTime time) {
    store_be(bytes_.data() + at_, static_cast<std::uint64_t>(time.count()));
    return bytes_;
  }
  MonoTime due_of(std::string_view event) const {
    if (event.size() != bytes_.size()) return MonoTime{};
    return MonoTime(static_cast<std::int64_t>(load_be<std::uint64_t>(event.data() + at_)));
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

// Takes what comes to all subscribers, on a thread of its own.
class Subscribers {
 public:
  Subscribers(zmq::context_t& context, const LatencyOptions& options)
      : heard_(options.subscribers) {
    SocketOptions socket_options;
    socket_options.receive_hwm = 100'000;
    for (std::size_t i = 0; i < options.subscribers; ++i)
      sockets_.emplace_back(context, zmq::socket_type::sub, socket_options);
  }

  ~Subscribers() {
    if (thread_.joinable()) stop();
  }
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  Status start(const std::string& stream) {
    for (Socket& socket : sockets_) {
      OX_RETURN_IF_ERROR(socket.connect("tcp://" + stream));
      OX_RETURN_IF_ERROR(socket.subscribe(kType));
    }
    thread_ = std::thread([this] { run(); });
    return ok_status();
  }
  void stop() {
    stopping_ = true;
    thread_.join();
  }
  std::size_t hearing() const { return hearing_; }
  std::uint64_t received() const { return received_; }
  // Microseconds of each event that came to each subscriber; after stop().
  std::vector<std::int64_t>& latencies() { return latencies_; }

 private:
  void run() {
    std::vector<zmq::pollitem_t> items;
    for (Socket& socket : sockets_) items.push_back({socket.handle(), 0, ZMQ_POLLIN, 0});
    while (!stopping_) {
      if (items.empty()) return;
      if (zmq::poll(items, std::chrono::milliseconds(20)) == 0) continue;
      for (std::size_t i = 0; i < items.size(); ++i)
        if ((items[i].revents & ZMQ_POLLIN) != 0) take(i);
    }
  }
  void take(std::size_t subscriber) {
    while (sockets_[subscriber].receive(frames_)) {
      if (frames_.size() < 2) continue;
      const MonoTime due = form_.due_of(view(frames_[1]));
      if (due == MonoTime{}) {
        if (!heard_[subscriber]) ++hearing_;
        heard_[subscriber] = true;
      } else {
        latencies_.push_back((Clock::system().mono() - due).count());
        ++received_;
      }
    }
  }

  const TimedEvent form_;
  std::vector<Socket> sockets_;
  std::vector<zmq::message_t> frames_;
  std::vector<bool> heard_;
  std::vector<std::int64_t> latencies_;
  std::atomic<std::size_t> hearing_{0};
  std::atomic<std::uint64_t> received_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

bool input_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  char byte = 0;
  return ::poll(&input, 1, 0) > 0 && ::read(STDIN_FILENO, &byte, 1) <= 0;
}

class LatencyBench {
 public:
  explicit LatencyBench(const LatencyOptions& options)
      : options_(options), subscribers_(context_, options) {}

  Status run() {
    SocketOptions socket_options;
    socket_options.linger = Seconds(10);
    Socket socket(context_, zmq::socket_type::push, socket_options);
    OX_RETURN_IF_ERROR(socket.connect("tcp://" + options_.collect));
    OX_RETURN_IF_ERROR(subscribers_.start(options_.stream));
    OX_RETURN_IF_ERROR(wait_until_heard(socket));
    fmt::print("ready\n");
    std::fflush(stdout);
    const double cpu = process_cpu_seconds();
    const double seconds = send_steadily(socket);
    wait_for_the_last();
    const double used = process_cpu_seconds() - cpu;
    subscribers_.stop();
    report(seconds, used);
    return ok_status();
  }

 private:
  void send(Socket& socket, std::string_view event) {
    socket.raw().send(zmq::buffer(meta_), zmq::send_flags::sndmore);
    socket.raw().send(zmq::buffer(event), zmq::send_flags::none);
  }

  // A subscriber hears nothing until its subscription has arrived.
  Status wait_until_heard(Socket& socket) {
    const MonoTime deadline = Clock::system().mono() + Seconds(30);
    while (subscribers_.hearing() < options_.subscribers) {
      if (Clock::system().mono() > deadline)
        return Status(Code::kUnavailable,
                      fmt::format("{} of {} subscribers hear events", subscribers_.hearing(),
                                  options_.subscribers));
      send(socket, form_.due(MonoTime{}));
      std::this_thread::sleep_for(Millis(20));
    }
    return ok_status();
  }

  // How long it took.
  double send_steadily(Socket& socket) {
    const MonoTime begin = Clock::system().mono();
    const auto count =
        static_cast<std::uint64_t>(options_.seconds * static_cast<double>(options_.rate));
    for (sent_ = 0; count == 0 || sent_ < count; ++sent_) {
      const MonoTime due = begin + Micros(sent_ * 1'000'000 / options_.rate);
      MonoTime now = Clock::system().mono();
      if (due > now) {
        if (count == 0 && input_ended()) break;
        std::this_thread::sleep_for(due - now);
        now = Clock::system().mono();
      }
      behind_ = std::max(behind_, now - due);
      send(socket, form_.due(due));
    }
    return to_seconds(Clock::system().mono() - begin);
  }

  // Until nothing has come for a second.
  void wait_for_the_last() {
    std::uint64_t received = 0;
    MonoTime last = Clock::system().mono();
    while (subscribers_.received() < sent_ * options_.subscribers &&
           Clock::system().mono() - last < Seconds(1)) {
      if (subscribers_.received() > received) last = Clock::system().mono();
      received = subscribers_.received();
      std::this_thread::sleep_for(Millis(5));
    }
  }

  void report(double seconds, double used) {
    std::vector<std::int64_t>& all = subscribers_.latencies();
    std::sort(all.begin(), all.end());
    auto at = [&all](std::size_t percent) {
      return all.empty() ? std::int64_t{0} : all[(all.size() - 1) * percent / 100];
    };
    fmt::print(
        "{{\"seconds\": {:.6f}, \"cpu_seconds\": {:.6f}, \"sent\": {}, \"expected\": {}, "
        "\"received\": {}, \"p50_us\": {}, \"p99_us\": {}, \"max_us\": {}, \"behind_us\": {}}}\n",
        seconds, used, sent_, sent_ * options_.subscribers, all.size(), at(50), at(99), at(100),
        behind_.count());
  }

  const LatencyOptions options_;
  const std::string meta_ = encode_meta({1.0, "bench", kType});
  TimedEvent form_;
  zmq::context_t context_;
  Subscribers subscribers_;
  std::uint64_t sent_ = 0;
  Micros behind_{};
};

int latency(int argc, char** argv) {
  LatencyOptions options;
  CommandLine line("bench_latency", "Measures how long events take to a live stream.");
  line.app()
      .add_option("collect", options.collect, "HOST:PORT that events are sent to")
      ->required();
  line.app().add_option("stream", options.stream, "HOST:PORT of the stream or tail")->required();
  line.app()
      .add_option("--subscribers", options.subscribers, "How many")
      ->check(CLI::Range(0, 500));
  line.app().add_option("--rate", options.rate, "Events a second")->check(CLI::PositiveNumber);
  line.app()
      .add_option("--seconds", options.seconds, "How long; 0: until standard input ends")
      ->check(CLI::NonNegativeNumber);
  if (auto code = line.parse(argc, argv)) return *code;
  const Status status = LatencyBench(options).run();
  if (status.ok()) return kExitOk;
  line.complain(status.message());
  return kExitFailed;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::latency(argc, argv); }
