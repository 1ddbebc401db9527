#pragma once
// Where the events of the sources go: the part of oxingest that knows a protocol.
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "common/base/status.h"
#include "common/ingest/event_sink.h"

namespace ox {

// Told on the loop's thread, never from inside add(), input_dry() or finish().
class TransportOwner {
 public:
  virtual ~TransportOwner() = default;
  // add() answers kTaken again, after kFull.
  virtual void room() = 0;
  // Some of the figures changed, or drained() did.
  virtual void progressed() = 0;
};

struct TransportFigures {
  std::uint64_t taken = 0;    // events
  std::uint64_t done = 0;     // acknowledged; where nobody acknowledges, handed to ZeroMQ
  std::uint64_t refused = 0;  // by the receiver, for what they are
  std::uint64_t waiting = 0;  // the rest
};

// "1 event was", "2 events were": the beginning of what happened to them.
inline std::string events_were(std::uint64_t count) {
  return count == 1 ? "1 event was" : fmt::format("{} events were", count);
}

// Threading: everything on the thread of the EventLoop it was made with.
class Transport : public EventSink {
 public:
  virtual void start() = 0;
  // Nothing more will be added: sends what is left. drained() tells when that is done.
  virtual void finish() = 0;
  virtual bool drained() const = 0;

  virtual TransportFigures figures() const = 0;
  // Of the first so many events added, in order, each is as safe as a client may be told, or is
  // refused: acknowledged by the next hop, or stored where this transport stores what it takes.
  virtual std::uint64_t safe_events() const = 0;
  // What is added now can be expected to become safe soon.
  virtual bool ready() const = 0;
  // While the receiver is not there, who it is: "nobody answers at 127.0.0.1:3515". Else "".
  virtual std::string problem() const = 0;
  // When drained() will not be waited for: what became of the events, "3 events were not
  // acknowledged". "" when nothing is left or lost.
  virtual std::string loss() const = 0;
  // What makes it useless to go on: told by progressed(). ok() as a rule.
  virtual Status failure() const { return ok_status(); }
};

}  // namespace ox
