#include "common/ingest/stream/stream_server.h"

#include <atomic>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/ingest/stream/datagram_receiver.h"
#include "common/ingest/stream/served_connection.h"
#include "common/ingest/stream/stream_context.h"
#include "common/ingest/stream/stream_listener.h"
#include "common/ingest/stream/stream_loop.h"

namespace ox {
namespace {

constexpr int kTurnsInRound = 3;

Counter& counter_of(Metrics& metrics, const StreamServerOptions& options, const char* what) {
  return metrics.counter(fmt::format("stream.{}.{}", options.name, what));
}

}  // namespace

class StreamServer::Impl {
 public:
  Impl(StreamServerOptions options, EventGate& gate, Metrics& metrics)
      : options_(std::move(options)),
        metrics_(metrics),
        accepted_(counter_of(metrics, options_, "connections.accepted")),
        refused_(counter_of(metrics, options_, "connections.refused")),
        gauge_(fmt::format("stream.{}.connections.open", options_.name)),
        outlet_(gate, counter_of(metrics, options_, "events"), loop_.poster(), [this] { room(); }),
        context_{.options = options_,
                 .gate = gate,
                 .loop = loop_,
                 .outlet = outlet_,
                 .bytes = counter_of(metrics, options_, "bytes"),
                 .errors = counter_of(metrics, options_, "errors"),
                 .limiter = LogLimiter(),
                 .touched = {}} {
    loop_.set_handlers([this] { after_round(); }, [this] { tick(); });
    metrics_.gauge(gauge_, [this] { return static_cast<double>(open_.load()); });
  }

  ~Impl() {
    metrics_.remove_gauge(gauge_);
    loop_.halt();
  }

  Result<Address> listen(const Address& address, std::unique_ptr<StreamProtocol> protocol,
                         const std::optional<StreamTls>& tls) {
    std::shared_ptr<const ByteStreams> streams = ByteStreams::plain();
    if (tls) {
      auto secure = ByteStreams::tls(*tls);
      if (!secure.ok()) return secure.status().at(options_.option);
      streams = std::move(*secure);
    }
    auto socket = BoundSocket::open(address, BoundSocket::Kind::kStream);
    if (!socket.ok()) return socket.status().at(options_.option);
    listeners_.push_back(std::make_unique<StreamListener>(
        context_, std::move(*socket), std::move(protocol), std::move(streams),
        [this](std::shared_ptr<ServedConnection> connection) { adopt(std::move(connection)); }));
    return listeners_.back()->address();
  }

  Result<Address> receive(const Address& address, std::unique_ptr<DatagramProtocol> protocol,
                          const DatagramOptions& options) {
    auto socket = BoundSocket::open(address, BoundSocket::Kind::kDatagram);
    if (!socket.ok()) return socket.status().at(options_.option);
    const DatagramCounters counters{counter_of(metrics_, options_, "datagrams"),
                                    counter_of(metrics_, options_, "cut"),
                                    counter_of(metrics_, options_, "kernel_drops")};
    receivers_.push_back(std::make_unique<DatagramReceiver>(
        context_, std::move(*socket), std::move(protocol), options, counters));
    return receivers_.back()->address();
  }

  EventOutlet& outlet() { return outlet_; }

  void start() {
    for (auto& listener : listeners_) listener->start();
    for (auto& receiver : receivers_) receiver->start();
    loop_.start();
  }

  void stop(std::function<void()> stopped) {
    loop_.post([this, stopped = std::move(stopped)] {
      stopped_ = stopped;
      stopping_ = true;
      stop_reading_at_ = Clock::system().mono() + options_.drain_within;
      for (auto& listener : listeners_) listener->stop();
      for (auto& receiver : receivers_) receiver->drain(false);
      for_each_connection([](ServedConnection& connection) { connection.drain(); });
    });
  }

  void halt() { loop_.halt(); }

 private:
  void adopt(std::shared_ptr<ServedConnection> connection) {
    accepted_.add();
    if (connections_.size() >= options_.max_connections) {
      refused_.add();
      context_.limiter.warn("connections",
                            fmt::format("{}: {} connections are open: those beyond are closed",
                                        options_.option, options_.max_connections));
      return;  // it closes
    }
    connection->start();
    connections_.insert(std::move(connection));
    open_ = connections_.size();
  }

  // A copy: what is called may let connections go.
  template <typename F>
  void for_each_connection(F f) {
    const std::vector<std::shared_ptr<ServedConnection>> all(connections_.begin(),
                                                             connections_.end());
    for (const auto& connection : all)
      if (!connection->closed()) f(*connection);
  }

  void room() {
    for (auto& receiver : receivers_) receiver->go_on();
    for_each_connection([](ServedConnection& connection) { connection.go_on(); });
  }

  void after_round() {
    for (int i = 0; i < kTurnsInRound && !context_.touched.empty(); ++i) {
      turning_.swap(context_.touched);
      for (const auto& connection : turning_) {
        connection->turn();
        if (!connection->closed()) continue;
        connections_.erase(connection);
        open_ = connections_.size();
      }
      turning_.clear();
    }
    if (!context_.touched.empty()) loop_.post([] {});  // there is no waiting for these
    outlet_.flush();
    if (stopping_ && stopped_) finish();
  }

  void tick() {
    const MonoTime now = Clock::system().mono();
    if (!stopping_)
      for (auto& listener : listeners_) listener->tick();
    for_each_connection([now](ServedConnection& connection) { connection.tick(now); });
    sweep();
    if (!stopping_ || now < stop_reading_at_) return;
    for (auto& receiver : receivers_) receiver->drain(true);
    for_each_connection([](ServedConnection& connection) { connection.stop_reading(); });
  }

  void sweep() {
    std::erase_if(connections_, [](const auto& connection) { return connection->closed(); });
    open_ = connections_.size();
  }

  void finish() {
    sweep();
    if (!connections_.empty() || !outlet_.idle()) return;
    for (const auto& receiver : receivers_)
      if (!receiver->closed()) return;
    std::exchange(stopped_, nullptr)();
  }

  const StreamServerOptions options_;
  Metrics& metrics_;
  Counter& accepted_;
  Counter& refused_;
  const std::string gauge_;
  std::atomic<std::size_t> open_{0};
  StreamLoop loop_;
  EventOutlet outlet_;
  StreamContext context_;
  // The engine's thread's, once it runs.
  std::vector<std::unique_ptr<StreamListener>> listeners_;
  std::vector<std::unique_ptr<DatagramReceiver>> receivers_;
  std::unordered_set<std::shared_ptr<ServedConnection>> connections_;
  std::vector<std::shared_ptr<ServedConnection>> turning_;
  bool stopping_ = false;
  std::function<void()> stopped_;
  MonoTime stop_reading_at_{};
};

StreamServer::StreamServer(StreamServerOptions options, EventGate& gate, Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), gate, metrics)) {}

StreamServer::~StreamServer() { halt(); }

Result<Address> StreamServer::listen(const Address& address,
                                     std::unique_ptr<StreamProtocol> protocol,
                                     const std::optional<StreamTls>& tls) {
  return impl_->listen(address, std::move(protocol), tls);
}

Result<Address> StreamServer::receive(const Address& address,
                                      std::unique_ptr<DatagramProtocol> protocol,
                                      const DatagramOptions& options) {
  return impl_->receive(address, std::move(protocol), options);
}

EventOutlet& StreamServer::outlet() { return impl_->outlet(); }
void StreamServer::start() { impl_->start(); }
void StreamServer::stop(std::function<void()> stopped) { impl_->stop(std::move(stopped)); }
void StreamServer::halt() { impl_->halt(); }

}  // namespace ox
