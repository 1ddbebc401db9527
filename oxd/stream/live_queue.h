#pragma once
// What waits for the thread of the live streams: bounded, and dropped when it is full.
//
// A write to each subscriber costs a system call, whether it has one event or fifty. So with many subscribers events
// are gathered for a moment; with one they are sent at once (tests/bench/live.py: 100 subscribers to 1,000 events/s).
// What is counted is subscriptions: a peer that has several counts as often.
// Threading: all of it from any thread.
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "common/base/clock.h"
#include "oxd/stream/tail_numbering.h"
#include "oxd/tail_feed.h"
#include "proto/batch.h"

namespace ox {

struct LiveItem {
  BatchPtr batch;
  bool tail = false;
  TailNumbers numbers;                       // of the tail
  std::shared_ptr<const TailPlaces> places;  // of the tail; may be null
};

class LiveQueue {
 public:
  enum class Added {
    kQueued,   // the sending thread knows that there is something
    kWake,     // it must be told
    kDropped,  // there was no room
  };

  // More than `max_bytes` is taken only as a single batch.
  explicit LiveQueue(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  Added add(LiveItem item);
  // Everything, in the order in which it came.
  std::vector<LiveItem> take();
  // How long to gather before the next take(), for so many subscribers; zero: not at all.
  Micros gather_for(std::uint64_t subscribers) const;

 private:
  const std::uint64_t max_bytes_;
  mutable std::mutex mu_;
  std::vector<LiveItem> items_;  // guarded by mu_, as all below
  std::uint64_t bytes_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace ox
