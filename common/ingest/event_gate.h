#pragma once
// Where the events of clients that wait for an answer go in, and the answer comes out: the seam
// between the protocols (HTTP and others, on threads of their own) and the transport.
#include <functional>
#include <string_view>

#include "common/ingest/event_group.h"

namespace ox {

// What became of a group of events.
enum class Delivery {
  kSafe,         // the next hop has acknowledged them, or our own spool holds them
  kBusy,         // not taken: too much waits already
  kUnavailable,  // not taken: the next hop cannot be reached
  kInDoubt,      // taken, but not acknowledged in time: they may still arrive
  kRefused,      // the next hop will not have them, for what they are
};

class EventGate {
 public:
  using Done = std::function<void(Delivery)>;
  virtual ~EventGate() = default;
  // `done` is called exactly once, soon or much later, on any thread, perhaps before submit()
  // returns; it must not block. A group without events is safe at once. Thread-safe.
  virtual void submit(EventGroup group, Done done) = 0;

  // For streams, which are held up rather than turned away: the group waits as long as it takes,
  // also while the next hop is away. `taken` (may be empty): it has been handed on, and waits here
  // no more. `done` (may be empty), after that: kSafe or kRefused, however long it took; kInDoubt
  // only when the gate closes. Both as above; neither is called for a group that was never handed
  // on. Whoever calls this must bound what it has waiting. Thread-safe; in order for each thread.
  using Taken = std::function<void()>;
  virtual void hand_over(EventGroup group, Taken taken, Done done) = 0;
};

}  // namespace ox
