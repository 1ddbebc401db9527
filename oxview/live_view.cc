#include "oxview/live_view.h"

#include <utility>

#include <fmt/format.h>

#include "proto/tail.h"
#include "proto/utf8.h"

namespace ox {
namespace {

class PrinterTaker : public LiveTaker {
 public:
  PrinterTaker(Output& output, Printer& printer) : output_(output), printer_(printer) {}

  Status take(std::string_view event) override { return printer_.print(event); }
  void idle() override {
    if (output_.open()) output_.flush();
  }
  void on_signal() override { output_.check_signals(); }
  bool wants_more() const override { return output_.open(); }
  bool done() const override { return !output_.open(); }

 private:
  Output& output_;
  Printer& printer_;
};

}  // namespace

LiveView::LiveView(Address control, TypePattern pattern, LiveTaker& taker, Signals& signals)
    : pattern_(std::move(pattern)),
      taker_(taker),
      feed_(loop_, std::move(control), pattern_.prefix(),
            {.event =
                 [this](const std::vector<zmq::message_t>& frames) {
                   show(frames);
                   stop_unless_wanted();
                   return !taker_.done();
                 },
             .idle =
                 [this] {
                   taker_.idle();
                   stop_unless_wanted();
                 },
             .refused =
                 [this](const Status& status) {
                   failure_ = status;
                   loop_.stop();
                 }}) {
  loop_.watch_fd(signals.fd(), kReadable, [this] {
    taker_.on_signal();
    stop_unless_wanted();
  });
  loop_.call_every(LiveFeed::kBeat, [this] { check(); });
  feed_.start();
}

LiveView::~LiveView() {
  report_gaps();
  feed_.stop();
}

Status LiveView::wait() {
  if (failure_.ok()) loop_.run();
  return failure_;
}

void LiveView::stop_unless_wanted() {
  if (!taker_.wants_more()) loop_.stop();
}

void LiveView::show(const std::vector<zmq::message_t>& frames) {
  std::size_t expected = feed_.tail() ? 3 : 2;
  if (frames.size() != expected) {
    limiter_.warn("frames", fmt::format("passed over a message of {} frames, not {}", frames.size(),
                                        expected));
    return;
  }
  std::string_view type = view(frames[0]);
  if (!pattern_.matches(type)) return;  // a subscription is a prefix
  if (feed_.tail()) {
    auto position = decode_tail_position(view(frames[2]));
    if (position.ok()) {
      gaps_.observe(position->boot_id, type, position->sequence);
    } else {
      limiter_.warn("position", "gaps cannot be noticed: " + position.status().message());
    }
  }
  if (Status status = taker_.take(view(frames[1])); !status.ok()) {
    std::string name;
    append_text(name, type, Controls::kEscape);
    limiter_.warn("event",
                  fmt::format("passed over an event of type '{}': {}", name, status.message()));
  }
}

void LiveView::check() {
  report_gaps();
  feed_.check();
}

void LiveView::report_gaps() {
  for (const std::string& line : gaps_.take_report()) log_warning("{}", line);
}

Status view_live(Address control, TypePattern pattern, Output& output, Printer& printer,
                 Signals& signals) {
  PrinterTaker taker(output, printer);
  LiveView live(std::move(control), std::move(pattern), taker, signals);
  Status status = live.wait();
  if (output.open()) output.flush();
  return status;
}

}  // namespace ox
