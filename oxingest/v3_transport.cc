#include "oxingest/v3_transport.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "proto/meta.h"

namespace ox {
namespace {

constexpr char kMonitor[] = "inproc://v3-monitor";
// What a waiting message costs beyond its bytes, roughly.
constexpr std::uint64_t kOverhead = 256;

std::uint64_t cost(const std::vector<zmq::message_t>& message) {
  std::uint64_t bytes = kOverhead;
  for (const zmq::message_t& frame : message) bytes += frame.size();
  return bytes;
}

SocketOptions push_options(const Address& collect) {
  SocketOptions options;
  options.send_hwm = V3Transport::kInZeroMq;
  options.ipv6 = collect.ipv6();
  return options;
}

}  // namespace

V3Transport::V3Transport(EventLoop& loop, const Address& collect, std::uint64_t memory_limit,
                         TransportOwner& owner)
    : loop_(loop),
      collect_(collect),
      memory_limit_(memory_limit),
      owner_(owner),
      closing_(std::make_shared<Closing>()) {
  closing_->done.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  OX_CHECK(closing_->done.valid());
}

V3Transport::~V3Transport() {
  loop_.unwatch(socket_watch_);
  loop_.unwatch(monitor_watch_);
  loop_.unwatch(done_watch_);
}

void V3Transport::start() {
  socket_.emplace(closing_->context, zmq::socket_type::push, push_options(collect_));
  // Not HANDSHAKE_SUCCEEDED: it does not come for a peer of ZeroMQ 2.
  int events = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED;
  if (zmq_socket_monitor(socket_->handle(), kMonitor, events) == 0) {
    monitor_.emplace(closing_->context, zmq::socket_type::pair);
    if (monitor_->connect(kMonitor).ok())
      monitor_watch_ = loop_.watch_socket(monitor_->handle(), kReadable, [this] { on_monitor(); });
  }
  status_ = socket_->connect(collect_.endpoint());
  socket_watch_ = loop_.watch_socket(socket_->handle(), 0, [this] { pump(); });
}

EventSink::Answer V3Transport::add(const IngestEvent& event) {
  std::string meta = encode_meta({event.end, event.host, event.type});
  message_.clear();
  message_.emplace_back(meta.data(), meta.size());
  message_.emplace_back(event.body.data(), event.body.size());
  if (!waiting_.empty() || !socket_ || socket_->send(message_) != SendResult::kSent) {
    std::uint64_t bytes = cost(message_);
    if (!waiting_.empty() && waiting_bytes_ + bytes > memory_limit_) {
      refused_ = true;
      return Answer::kFull;
    }
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(message_));
    loop_.set_events(socket_watch_, kWritable);
  }
  ++taken_;
  return Answer::kTaken;
}

void V3Transport::pump() {
  while (!waiting_.empty()) {
    std::uint64_t bytes = cost(waiting_.front());
    if (socket_->send(waiting_.front()) != SendResult::kSent) break;
    waiting_bytes_ -= bytes;
    waiting_.pop_front();
  }
  if (waiting_.empty()) loop_.set_events(socket_watch_, 0);
  close_when_empty();
  owner_.progressed();
  if (refused_ && waiting_bytes_ <= memory_limit_ / 4 * 3) {
    refused_ = false;
    owner_.room();
  }
}

void V3Transport::on_monitor() {
  std::vector<zmq::message_t> frames;
  while (monitor_->receive(frames)) {
    std::uint16_t event = 0;
    if (frames[0].size() < sizeof(event)) continue;
    std::memcpy(&event, frames[0].data(), sizeof(event));
    connected_ = event == ZMQ_EVENT_CONNECTED;
    was_connected_ |= connected_;
  }
  close_when_empty();
}

void V3Transport::finish() {
  finishing_ = true;
  close_when_empty();
}

void V3Transport::close_when_empty() {
  if (!finishing_ || !socket_ || !waiting_.empty()) return;
  // Open while nobody was there yet: so loss() knows that nothing was sent.
  if (monitor_ && !was_connected_ && taken_ > 0) return;
  loop_.unwatch(socket_watch_);
  loop_.unwatch(monitor_watch_);
  zmq_socket_monitor(socket_->handle(), nullptr, 0);
  monitor_.reset();
  socket_->raw().set(zmq::sockopt::linger, -1);
  socket_.reset();
  done_watch_ = loop_.watch_fd(closing_->done.get(), kReadable, [this] {
    loop_.unwatch(done_watch_);
    closed_ = true;
    owner_.progressed();
  });
  // The context ends when all is sent: for ever, when nobody takes it. The owner decides how long
  // that is waited for; the thread then ends with the process.
  std::thread([closing = closing_] {
    closing->context.close();
    std::uint64_t one = 1;
    [[maybe_unused]] ssize_t n = ::write(closing->done.get(), &one, sizeof(one));
  }).detach();
}

TransportFigures V3Transport::figures() const {
  return {taken_, taken_ - waiting_.size(), 0, waiting_.size()};
}

std::string V3Transport::problem() const {
  if (!status_.ok()) return status_.message();
  if (connected_ || closed_) return "";
  return fmt::format("nobody answers at {}", collect_.to_string());
}

std::string V3Transport::loss() const {
  if (closed_ || taken_ == 0) return "";
  std::uint64_t handed_over = taken_ - waiting_.size();
  std::string why = problem();
  if (!why.empty()) why.insert(0, ": ");
  if (!was_connected_) return fmt::format("{} not sent{}", events_were(taken_), why);
  std::uint64_t in_doubt = std::min<std::uint64_t>(handed_over, kInZeroMq);
  return fmt::format("{} not sent, and up to {} more may not have arrived{}",
                     events_were(waiting_.size()), in_doubt, why);
}

}  // namespace ox
