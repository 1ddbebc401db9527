#pragma once
// Live events of an oxd on standard output, through restarts of it.
//
// The control socket names the port of the live events; the connection to it is watched. When it is
// lost, or silent for 5 seconds, the port is asked for again (oxd may have come back on another).
// What was missed meanwhile shows in the sequence numbers of the tail stream and is reported as a
// gap; an old oxd has no such numbers.
#include <memory>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "common/filter/type_pattern.h"
#include "oxview/gap_tracker.h"
#include "oxview/live_socket.h"
#include "oxview/output.h"
#include "oxview/port_finder.h"
#include "oxview/printer.h"

namespace ox {

// Threading: one thread. Borrows all but what is moved in.
class LiveView {
 public:
  LiveView(Address control, TypePattern pattern, Output& output, Printer& printer,
           Signals& signals);

  // Returns when the output ends or a signal comes; or with an error when the first question to the
  // control socket is not answered (kUnavailable, kUnsupported, kCorrupt).
  Status run();

 private:
  void ask();
  void on_answer(Result<LivePort> answer);
  Status connect(const LivePort& port);
  void drop_socket();
  void on_events();
  bool show_some();
  void on_connection_change();
  void show(const std::vector<zmq::message_t>& frames);
  void check();
  void report_gaps();
  void stop_unless_open();

  const Address control_;
  const TypePattern pattern_;
  Output& output_;
  Printer& printer_;
  Signals& signals_;

  zmq::context_t context_;
  EventLoop loop_;
  PortFinder finder_;
  std::unique_ptr<LiveSocket> socket_;
  EventLoop::Id events_watch_ = 0;
  EventLoop::Id changes_watch_ = 0;
  LivePort port_;
  GapTracker gaps_;
  LogLimiter limiter_;
  std::vector<zmq::message_t> frames_;
  MonoTime last_activity_{};  // an event, or an answer
  bool answered_once_ = false;
  bool answers_ = true;  // the last question was answered
  Status failure_;
};

}  // namespace ox
