#include "oxview/live_feed.h"

#include <utility>

namespace ox {
namespace {

constexpr Micros kSilence = Seconds(5);
// So that timers and signals have their turn under any load.
constexpr int kEventsPerRound = 1000;

MonoTime now() { return Clock::system().mono(); }

}  // namespace

LiveFeed::LiveFeed(EventLoop& loop, Address control, std::string prefix, Handlers handlers)
    : loop_(loop),
      control_(std::move(control)),
      prefix_(std::move(prefix)),
      handlers_(std::move(handlers)),
      finder_(loop_, context_, control_,
              [this](Result<LivePort> answer) { on_answer(std::move(answer)); }) {}

LiveFeed::~LiveFeed() { drop_socket(); }

void LiveFeed::ask() {
  if (!finder_.busy()) finder_.start();
}

void LiveFeed::on_answer(Result<LivePort> answer) {
  last_activity_ = now();
  Status status = answer.status();
  // On the same port the socket finds its way back by itself.
  if (status.ok() && (socket_ == nullptr || *answer != port_)) status = connect(*answer);
  if (status.ok()) {
    if (!answers_) log_info("oxd at {} answers again", control_.to_string());
    answered_once_ = answers_ = true;
    return;
  }
  if (!answered_once_) {
    if (!std::exchange(refused_, true)) handlers_.refused(status);
    return;
  }
  if (answers_) log_warning("{}; trying on", status.message());
  answers_ = false;
}

Status LiveFeed::connect(const LivePort& port) {
  if (socket_ != nullptr) {  // what has arrived is not to be lost with the connection
    while (take_some()) continue;
  }
  drop_socket();
  auto socket = LiveSocket::open(context_, control_, port, prefix_);
  if (!socket.ok()) return socket.status();
  socket_ = std::move(socket).value();
  port_ = port;
  events_watch_ = loop_.watch_socket(socket_->events_handle(), kReadable, [this] { on_events(); });
  changes_watch_ =
      loop_.watch_socket(socket_->changes_handle(), kReadable, [this] { on_connection_change(); });
  log_info("{} events from port {} of {}", port.tail ? "tail" : "stream", port.port,
           control_.to_string());
  return ok_status();
}

void LiveFeed::drop_socket() {
  if (socket_ == nullptr) return;
  loop_.unwatch(events_watch_);
  loop_.unwatch(changes_watch_);
  socket_.reset();
}

void LiveFeed::on_connection_change() {
  if (!socket_->take_loss()) return;
  log_warning("lost the connection to oxd at {}; waiting for it", control_.to_string());
  ask();
}

// Up to a round's worth. True when there may be more.
bool LiveFeed::take_some() {
  for (int i = 0; i < kEventsPerRound && wanted_; ++i) {
    if (!socket_->receive(frames_)) return false;
    last_activity_ = now();
    wanted_ = handlers_.event(frames_);
  }
  return wanted_;
}

void LiveFeed::on_events() {
  if (!take_some()) handlers_.idle();
}

void LiveFeed::check() {
  if (socket_ == nullptr) {
    if (answered_once_ || refused_) ask();
    return;
  }
  if (!socket_->connected() || now() - last_activity_ >= kSilence) ask();
}

}  // namespace ox
