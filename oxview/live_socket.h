#pragma once
// A subscription to an oxd's live events that knows whether it is connected.
#include <memory>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/socket.h"
#include "common/base/status.h"
#include "oxview/port_finder.h"

namespace ox {

// Threading: one thread.
class LiveSocket {
 public:
  // Subscribes to types that begin with `prefix` and connects, in the background and again whenever
  // the connection is lost. Error: kIo.
  static Result<std::unique_ptr<LiveSocket>> open(zmq::context_t& context, const Address& control,
                                                  const LivePort& port, const std::string& prefix);
  ~LiveSocket();
  LiveSocket(const LiveSocket&) = delete;
  LiveSocket& operator=(const LiveSocket&) = delete;

  // Takes one message, without waiting. False when there is none.
  bool receive(std::vector<zmq::message_t>& frames) { return events_.receive(frames); }
  // Takes in what happened to the connection. True when it was lost since the last call.
  bool take_loss();
  bool connected() const { return connected_; }

  // For an EventLoop to watch for kReadable.
  void* events_handle() { return events_.handle(); }
  void* changes_handle() { return changes_.handle(); }

 private:
  LiveSocket(zmq::context_t& context, const Address& control);

  Socket events_;
  Socket changes_;
  bool connected_ = false;
};

}  // namespace ox
