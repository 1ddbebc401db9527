#pragma once
// The part of the client that knows a protocol.
#include <cstdint>
#include <string>

#include <oxd/sink.h>

#include "common/base/clock.h"

namespace ox {

// Told on the loop's thread; never from inside add(), input_dry() or flush().
class ClientTransportOwner {
 public:
  virtual ~ClientTransportOwner() = default;
  // add() takes events again, after it refused one.
  virtual void room() = 0;
  // The figures or problem() may have changed.
  virtual void progressed() = 0;
};

// Threading: everything on the thread of the loop that it was made with. Library exceptions
// (zmq::error_t: no descriptors left) pass through; then the transport can only be destroyed.
class ClientTransport {
 public:
  virtual ~ClientTransport() = default;
  virtual void start() = 0;
  // False when it has no room now.
  virtual bool add(const ClientEvent& event) = 0;
  // Nothing more can be added at the moment.
  virtual void input_dry() = 0;
  // Sends what was added so far.
  virtual void flush() = 0;
  // Ends. Waits for what was handed to the network for at most `at_most`. Returns how many of the
  // settled events may have been lost all the same.
  virtual std::uint64_t stop(Micros at_most) = 0;

  // Of the first so many added, in order, each came to its end.
  virtual std::uint64_t settled_events() const = 0;
  // Of these, refused by the receiver for what they are.
  virtual std::uint64_t refused_events() const = 0;
  // What keeps events from being sent now, as one line; mostly empty.
  virtual std::string problem() const = 0;
};

}  // namespace ox
