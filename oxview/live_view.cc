#include "oxview/live_view.h"

#include <utility>

#include <fmt/format.h>

#include "proto/tail.h"
#include "proto/utf8.h"

namespace ox {
namespace {

constexpr Micros kSilence = Seconds(5);
// How often silence, gaps and a lost connection are looked at; also between two questions.
constexpr Micros kBeat = Millis(500);
// So that timers and signals have their turn under any load.
constexpr int kEventsPerRound = 1000;

MonoTime now() { return Clock::system().mono(); }

}  // namespace

LiveView::LiveView(Address control, TypePattern pattern, Output& output, Printer& printer,
                   Signals& signals)
    : control_(std::move(control)),
      pattern_(std::move(pattern)),
      output_(output),
      printer_(printer),
      signals_(signals),
      finder_(loop_, context_, control_,
              [this](Result<LivePort> answer) { on_answer(std::move(answer)); }) {}

Status LiveView::run() {
  loop_.watch_fd(signals_.fd(), kReadable, [this] {
    output_.check_signals();
    stop_unless_open();
  });
  loop_.call_every(kBeat, [this] { check(); });
  ask();
  loop_.run();
  if (output_.open()) output_.flush();
  report_gaps();
  drop_socket();
  return failure_;
}

void LiveView::stop_unless_open() {
  if (!output_.open()) loop_.stop();
}

void LiveView::ask() {
  if (!finder_.busy()) finder_.start();
}

void LiveView::on_answer(Result<LivePort> answer) {
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
    failure_ = status;
    loop_.stop();
    return;
  }
  if (answers_) log_warning("{}; trying on", status.message());
  answers_ = false;
}

Status LiveView::connect(const LivePort& port) {
  if (socket_ != nullptr) {  // what has arrived is not to be lost with the connection
    while (show_some()) continue;
  }
  drop_socket();
  auto socket = LiveSocket::open(context_, control_, port, pattern_.prefix());
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

void LiveView::drop_socket() {
  if (socket_ == nullptr) return;
  loop_.unwatch(events_watch_);
  loop_.unwatch(changes_watch_);
  socket_.reset();
}

void LiveView::on_connection_change() {
  if (!socket_->take_loss()) return;
  log_warning("lost the connection to oxd at {}; waiting for it", control_.to_string());
  ask();
}

// Shows what has arrived, up to a round's worth. True when there may be more.
bool LiveView::show_some() {
  for (int i = 0; i < kEventsPerRound && output_.open(); ++i) {
    if (!socket_->receive(frames_)) return false;
    show(frames_);
  }
  return output_.open();
}

void LiveView::on_events() {
  if (!show_some() && output_.open()) output_.flush();
  stop_unless_open();
}

void LiveView::show(const std::vector<zmq::message_t>& frames) {
  last_activity_ = now();
  std::size_t expected = port_.tail ? 3 : 2;
  if (frames.size() != expected) {
    limiter_.warn("frames", fmt::format("passed over a message of {} frames, not {}", frames.size(),
                                        expected));
    return;
  }
  std::string_view type = view(frames[0]);
  if (!pattern_.matches(type)) return;  // a subscription is a prefix
  if (port_.tail) {
    auto position = decode_tail_position(view(frames[2]));
    if (position.ok()) {
      gaps_.observe(position->boot_id, type, position->sequence);
    } else {
      limiter_.warn("position", "gaps cannot be noticed: " + position.status().message());
    }
  }
  if (Status status = printer_.print(view(frames[1])); !status.ok()) {
    std::string name;
    append_text(name, type, Controls::kEscape);
    limiter_.warn("event",
                  fmt::format("passed over an event of type '{}': {}", name, status.message()));
  }
}

void LiveView::check() {
  report_gaps();
  if (socket_ == nullptr) {
    if (answered_once_) ask();
    return;
  }
  if (!socket_->connected() || now() - last_activity_ >= kSilence) ask();
}

void LiveView::report_gaps() {
  for (const std::string& line : gaps_.take_report()) log_warning("{}", line);
}

}  // namespace ox
