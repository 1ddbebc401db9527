#include "oxd/forward/blueox_forwarder.h"

#include <atomic>
#include <cstring>

#include <fmt/format.h>

#include "common/base/log.h"
#include "proto/meta.h"

namespace ox {

static constexpr int kQueuedEvents = 1000;  // in ZeroMQ, the ones that a crash would lose

BlueoxForwarder::BlueoxForwarder(zmq::context_t& context, EventLoop& loop, const Target& target,
                                 ForwarderOwner& owner, Metrics& metrics)
    : context_(context),
      loop_(loop),
      target_(target),
      owner_(owner),
      sent_(metrics.counter("forward.unacked_events")),
      since_(Clock::system().mono()) {}

BlueoxForwarder::~BlueoxForwarder() { stop(Micros(0)); }

void BlueoxForwarder::start() {
  SocketOptions options;
  options.send_hwm = kQueuedEvents;
  options.ipv6 = target_.address.ipv6();
  socket_.emplace(context_, zmq::socket_type::push, options);
  static std::atomic<std::uint64_t> monitors{0};
  std::string name = fmt::format("inproc://ox-blueox-monitor-{}", ++monitors);
  int events = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
  if (zmq_socket_monitor(socket_->handle(), name.c_str(), events) == 0) {
    monitor_.emplace(context_, zmq::socket_type::pair);
    if (monitor_->connect(name).ok())
      monitor_watch_ = loop_.watch_socket(monitor_->handle(), kReadable, [this] { on_monitor(); });
  }
  if (Status status = socket_->connect(target_.address.endpoint()); !status.ok())
    reason_ = status.message();
  socket_watch_ = loop_.watch_socket(socket_->handle(), 0, [this] { pump(); });
}

void BlueoxForwarder::stop(Micros linger) {
  if (!socket_) return;
  loop_.unwatch(socket_watch_);
  if (monitor_watch_ != 0) loop_.unwatch(monitor_watch_);
  if (release_timer_ != 0) loop_.cancel(release_timer_);
  release_timer_ = 0;
  zmq_socket_monitor(socket_->handle(), nullptr, 0);
  auto millis = std::chrono::duration_cast<Millis>(linger).count();
  socket_->raw().set(zmq::sockopt::linger, static_cast<int>(millis));
  socket_.reset();
  monitor_.reset();
  connected_ = false;
}

void BlueoxForwarder::on_monitor() {
  std::vector<zmq::message_t> frames;
  bool connected = connected_;
  while (monitor_ && monitor_->receive(frames)) {
    if (frames.empty() || frames[0].size() < 2) continue;
    std::uint16_t event = 0;
    std::memcpy(&event, frames[0].data(), sizeof(event));
    connected = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
  }
  if (connected == connected_) return;
  connected_ = connected;
  since_ = Clock::system().mono();
  reason_ = connected ? "" : "the connection was lost";
  log_info("forward to {}: {}", target_.name, connected ? "connected" : reason_);
  owner_.changed(*this);
}

void BlueoxForwarder::give(BatchPtr batch, const RecordPlace&) {
  batch_ = std::move(batch);
  cursor_.emplace(*batch_);
  sent_of_batch_ = 0;
  pump();
}

void BlueoxForwarder::pump() {
  if (!batch_ || release_timer_ != 0) return;
  while (true) {
    if (frames_.empty()) {
      BatchEvent event;
      if (!cursor_->next(event)) break;
      const PairSummary& pair = batch_->pairs()[event.pair];
      std::string meta = encode_meta({event.end, pair.host, pair.type});
      frames_.emplace_back(meta.data(), meta.size());
      frames_.emplace_back(event.body.data(), event.body.size());
    }
    if (socket_->send(frames_) != SendResult::kSent) {
      loop_.set_events(socket_watch_, kWritable);
      return;
    }
    frames_.clear();
    ++sent_of_batch_;
    sent_.add();
  }
  loop_.set_events(socket_watch_, 0);
  // Not from inside give(): the owner would give the next one, and so on, on our stack.
  release_timer_ = loop_.call_after(Micros(0), [this] {
    release_timer_ = 0;
    finish();
  });
}

void BlueoxForwarder::finish() {
  batch_.reset();
  cursor_.reset();
  owner_.released(*this, 1);
  owner_.changed(*this);
}

std::uint64_t BlueoxForwarder::take_back() {
  std::uint64_t in_doubt = batch_ ? sent_of_batch_ : 0;
  if (release_timer_ != 0) loop_.cancel(release_timer_);
  release_timer_ = 0;
  batch_.reset();
  cursor_.reset();
  frames_.clear();
  if (socket_) loop_.set_events(socket_watch_, 0);
  return in_doubt;
}

ForwarderState BlueoxForwarder::state() const {
  ForwarderState state;
  state.state = connected_ ? "connected" : "connecting";
  state.reason = reason_;
  state.in_flight_bytes = batch_ ? batch_->bytes().size() : 0;
  return state;
}

}  // namespace ox
