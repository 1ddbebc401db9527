// Sends numbered events of one size as fast as a target takes them, over v3 or over the link, and
// says how long that took: the sending end of the benchmarks (tests/bench/core.py).
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <zmq.hpp>

#include "common/base/bytes.h"
#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/base/socket.h"
#include "common/link/publisher.h"
#include "common/link/target.h"
#include "proto/meta.h"

namespace {

using namespace ox;

struct LoadOptions {
  std::string target;
  std::uint64_t events = 1'000'000;
  std::uint64_t body_bytes = 200;
  std::uint64_t types = 10;
};

// A MessagePack map {"n": <32-bit number>, "pad": <bin>} of the size asked for.
class Bodies {
 public:
  explicit Bodies(std::uint64_t size) {
    constexpr std::string_view kStart("\x82\xa1n\xce\0\0\0\0\xa3pad\xc5", 13);
    body_ = kStart;
    std::uint64_t pad = size > body_.size() + 2 ? size - body_.size() - 2 : 0;
    body_ += static_cast<char>(pad >> 8);
    body_ += static_cast<char>(pad);
    body_.append(pad, 'x');
  }
  const std::string& numbered(std::uint64_t n) {
    store_be(body_.data() + 4, static_cast<std::uint32_t>(n));
    return body_;
  }

 private:
  std::string body_;
};

int send_v3(const LoadOptions& options, const Target& target) {
  zmq::context_t context;
  SocketOptions socket_options;
  socket_options.send_hwm = 3500;  // as BlueOx clients have it
  socket_options.linger = Seconds(60);
  Socket socket(context, zmq::socket_type::push, socket_options);
  if (Status status = socket.connect(target.address.endpoint()); !status.ok()) {
    fmt::print(stderr, "bench_load: {}\n", status.message());
    return 1;
  }
  Bodies bodies(options.body_bytes);
  std::vector<std::string> metas;
  for (std::uint64_t t = 0; t < options.types; ++t)
    metas.push_back(encode_meta({1.0, "bench", fmt::format("type{}", t)}));
  for (std::uint64_t n = 0; n < options.events; ++n) {
    const std::string& meta = metas[n % options.types];
    const std::string& body = bodies.numbered(n);
    socket.raw().send(zmq::buffer(meta), zmq::send_flags::sndmore);
    socket.raw().send(zmq::buffer(body), zmq::send_flags::none);
  }
  return 0;
}

class LinkLoad : private LinkPublisherOwner {
 public:
  LinkLoad(zmq::context_t& context, const LoadOptions& options, const Target& target)
      : options_(options),
        bodies_(options.body_bytes),
        publisher_(context, loop_, identity(), {target.address}, *this, metrics_) {
    for (std::uint64_t t = 0; t < options.types; ++t) types_.push_back(fmt::format("type{}", t));
  }

  void run() {
    publisher_.start();
    loop_.post([this] { fill(); });
    loop_.run();
    publisher_.stop();
  }

 private:
  static NodeIdentity identity() { return {Uuid::random(), Uuid::random(), "bench", host_name()}; }

  void fill() {
    while (next_ < options_.events &&
           publisher_.add(types_[next_ % options_.types], "bench", 1.0, bodies_.numbered(next_)))
      ++next_;
    if (next_ == options_.events) publisher_.flush();
    if (next_ == options_.events && publisher_.drained()) loop_.stop();
  }
  void room() override { fill(); }
  void settled() override { fill(); }

  const LoadOptions options_;
  Bodies bodies_;
  std::vector<std::string> types_;
  std::uint64_t next_ = 0;
  EventLoop loop_;
  Metrics metrics_;
  LinkPublisher publisher_;
};

}  // namespace

int main(int argc, char** argv) {
  LoadOptions options;
  CommandLine line("bench_load", "Sends numbered events as fast as they are taken.");
  line.app()
      .add_option("target", options.target,
                  "blueox://HOST:PORT, or HOST:PORT for the link above it")
      ->required();
  line.app().add_option("--events", options.events, "How many");
  line.app().add_option("--size", options.body_bytes, "Bytes of a body, 16 to 65000");
  line.app().add_option("--types", options.types, "How many types");
  if (auto code = line.parse(argc, argv)) return *code;
  auto target = Target::parse(options.target);
  if (!target.ok() || options.types == 0) {
    line.complain(target.ok() ? "--types: must not be 0" : target.status().message());
    return kExitUsage;
  }
  MonoTime started = Clock::system().mono();
  if (target->kind == Target::Kind::kBlueox) {
    if (int code = send_v3(options, *target); code != 0) return code;
  } else {
    zmq::context_t context;
    LinkLoad(context, options, *target).run();
  }
  fmt::print("{:.6f}\n", to_seconds(Clock::system().mono() - started));
  return 0;
}
