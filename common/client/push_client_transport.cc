#include "common/client/push_client_transport.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "proto/batch.h"
#include "proto/meta.h"

namespace ox {

static constexpr char kMonitor[] = "inproc://client-monitor";

PushClientTransport::PushClientTransport(EventLoop& loop, const Address& collect,
                                         ClientTransportOwner& owner)
    : loop_(loop), collect_(collect), owner_(owner) {}

PushClientTransport::~PushClientTransport() {
  if (socket_) socket_->raw().set(zmq::sockopt::linger, 0);
  close_sockets();
}

bool PushClientTransport::can_carry(const ClientEvent& event) {
  return !event.type.empty() && event.type.size() <= kLongestName &&
         event.host.size() <= kLongestName && event.body.size() <= kMaxEventBytes;
}

void PushClientTransport::start() {
  SocketOptions options;
  options.send_hwm = kInZeroMq;
  options.ipv6 = collect_.ipv6();
  socket_.emplace(context_, zmq::socket_type::push, options);
  // Not HANDSHAKE_SUCCEEDED: it does not come for a peer of ZeroMQ 2.
  int events = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED;
  if (zmq_socket_monitor(socket_->handle(), kMonitor, events) == 0) {
    monitor_.emplace(context_, zmq::socket_type::pair);
    if (monitor_->connect(kMonitor).ok())
      monitor_watch_ = loop_.watch_socket(monitor_->handle(), kReadable, [this] { on_monitor(); });
  }
  status_ = socket_->connect(collect_.endpoint());
  socket_watch_ = loop_.watch_socket(socket_->handle(), 0, [this] { on_writable(); });
}

bool PushClientTransport::add(const ClientEvent& event) {
  std::string meta = encode_meta({event.end, event.host, event.type});
  if (!socket_ || socket_->send_copy({meta, event.body}) != SendResult::kSent) {
    loop_.set_events(socket_watch_, kWritable);
    return false;
  }
  ++sent_;
  return true;
}

void PushClientTransport::on_writable() {
  loop_.set_events(socket_watch_, 0);
  owner_.room();
}

void PushClientTransport::on_monitor() {
  std::vector<zmq::message_t> frames;
  while (monitor_->receive(frames)) {
    std::uint16_t event = 0;
    if (frames[0].size() < sizeof(event)) continue;
    std::memcpy(&event, frames[0].data(), sizeof(event));
    connected_ = event == ZMQ_EVENT_CONNECTED;
  }
  owner_.progressed();
}

void PushClientTransport::close_sockets() {
  if (socket_watch_ != 0) loop_.unwatch(socket_watch_);
  if (monitor_watch_ != 0) loop_.unwatch(monitor_watch_);
  socket_watch_ = monitor_watch_ = 0;
  if (socket_) zmq_socket_monitor(socket_->handle(), nullptr, 0);
  monitor_.reset();
  socket_.reset();
}

// ZeroMQ tells that all has left by ending before the time is over.
std::uint64_t PushClientTransport::stop(Micros at_most) {
  if (!socket_) return 0;
  auto millis = std::chrono::duration_cast<Millis>(at_most);
  socket_->raw().set(zmq::sockopt::linger, static_cast<int>(millis.count()));
  close_sockets();
  MonoTime began = Clock::system().mono();
  context_.close();
  bool in_time = Clock::system().mono() - began < millis;
  return in_time ? 0 : std::min<std::uint64_t>(sent_, kInZeroMq);
}

std::string PushClientTransport::problem() const {
  if (!status_.ok()) return status_.message();
  if (connected_ || !socket_) return "";
  return fmt::format("nobody answers at {}", collect_.to_string());
}

}  // namespace ox
