#pragma once
// Asks an oxd, old or new, for the port that live events come from.
#include <cstdint>
#include <functional>
#include <memory>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/status.h"
#include "common/link/control_client.h"

namespace ox {

struct LivePort {
  bool tail = false;  // events carry their position (proto/tail.h); otherwise the BlueOx stream
  std::uint16_t port = 0;
  bool operator==(const LivePort&) const = default;
};

// Threading: on the loop's thread. Borrows loop and context.
class PortFinder {
 public:
  using Done = std::function<void(Result<LivePort>)>;

  // `done` is called once for each start(). Errors: kUnavailable (nobody answered within
  // kControlTimeout), kUnsupported (the answer names no port), kCorrupt (it is no answer).
  PortFinder(EventLoop& loop, zmq::context_t& context, Address control, Done done);
  ~PortFinder();
  PortFinder(const PortFinder&) = delete;
  PortFinder& operator=(const PortFinder&) = delete;

  bool busy() const { return exchange_ != nullptr; }
  // Asks on a fresh connection. Must not be busy().
  void start();

 private:
  void ask();
  void on_reply();
  void stop_asking();
  void finish(Result<LivePort> result);

  EventLoop& loop_;
  zmq::context_t& context_;
  const Address control_;
  Done done_;
  std::unique_ptr<ControlExchange> exchange_;
  EventLoop::Id watch_ = 0;
  EventLoop::Id timeout_ = 0;
  bool asking_for_tail_ = true;
};

}  // namespace ox
