#pragma once
// The live events of an oxd, through restarts of it.
//
// The control socket names the port of the live events; the connection to it is watched. When it is
// lost, or silent for 5 seconds, the port is asked for again (oxd may have come back on another).
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "oxview/live_socket.h"
#include "oxview/port_finder.h"

namespace ox {

// Threading: on the loop's thread. Borrows the loop.
class LiveFeed {
 public:
  // How often check() is to be called.
  static constexpr Micros kBeat = Millis(500);

  struct Handlers {
    // One event: two frames of a stream, three of a tail (proto/README.md). False: no more.
    std::function<bool(const std::vector<zmq::message_t>& frames)> event;
    // There are no more events for now.
    std::function<void()> idle;
    // The first question to the control socket was not answered (kUnavailable, kUnsupported,
    // kCorrupt). Ends nothing: check() asks on.
    std::function<void(const Status&)> refused;
  };

  // Events of types that begin with `prefix`.
  LiveFeed(EventLoop& loop, Address control, std::string prefix, Handlers handlers);
  ~LiveFeed();

  void start() { ask(); }
  // Silence and lost connections are noticed here.
  void check();
  // No more events are taken.
  void stop() { drop_socket(); }

  // Events come with their positions.
  bool tail() const { return port_.tail; }
  bool connected() const { return socket_ != nullptr && socket_->connected(); }

 private:
  void ask();
  void on_answer(Result<LivePort> answer);
  Status connect(const LivePort& port);
  void drop_socket();
  void on_events();
  bool take_some();
  void on_connection_change();

  EventLoop& loop_;
  const Address control_;
  const std::string prefix_;
  const Handlers handlers_;

  zmq::context_t context_;
  PortFinder finder_;
  std::unique_ptr<LiveSocket> socket_;
  EventLoop::Id events_watch_ = 0;
  EventLoop::Id changes_watch_ = 0;
  LivePort port_;
  std::vector<zmq::message_t> frames_;
  MonoTime last_activity_{};  // an event, or an answer
  bool refused_ = false;
  bool answered_once_ = false;
  bool answers_ = true;  // the last question was answered
  bool wanted_ = true;
};

}  // namespace ox
