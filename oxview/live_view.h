#pragma once
// Live events of an oxd, through restarts of it, on standard output or wherever else they are
// taken. What was missed meanwhile shows in the sequence numbers of the tail stream and is reported
// as a gap; an old oxd has no such numbers.
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "oxview/gap_tracker.h"
#include "oxview/live_feed.h"
#include "oxview/output.h"
#include "oxview/printer.h"
#include "proto/type_pattern.h"

namespace ox {

// Who takes live events.
class LiveTaker {
 public:
  virtual ~LiveTaker() = default;
  // Error: it is no event; that is told, and the next one comes.
  virtual Status take(std::string_view event) = 0;
  // There are no more events for now.
  virtual void idle() = 0;
  virtual void on_signal() = 0;
  // False ends LiveView::wait().
  virtual bool wants_more() const = 0;
  // Nothing more is wanted, ever.
  virtual bool done() const = 0;
};

// Threading: one thread. Borrows all but what is moved in.
class LiveView {
 public:
  LiveView(Address control, TypePattern pattern, LiveTaker& taker, Signals& signals);
  // Reports the gaps that were not yet.
  ~LiveView();
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  // Hands on what comes, until nothing more is wanted. May be called again. Error: the first
  // question to the control socket was not answered (kUnavailable, kUnsupported, kCorrupt).
  Status wait();

 private:
  void show(const std::vector<zmq::message_t>& frames);
  void check();
  void report_gaps();
  void stop_unless_wanted();

  const TypePattern pattern_;
  LiveTaker& taker_;

  EventLoop loop_;
  GapTracker gaps_;
  LogLimiter limiter_;
  Status failure_;
  LiveFeed feed_;
};

// Prints them until the output ends or a signal comes. Errors: those of LiveView::wait().
Status view_live(Address control, TypePattern pattern, Output& output, Printer& printer,
                 Signals& signals);

}  // namespace ox
