#pragma once

namespace ox {

// What several forward targets are to each other; see oxd/forward/forward_outputs.h.
enum class ForwardMode { kFailover, kCopy, kShard };

// What becomes of batches that a lost target was sent and did not acknowledge
// (--failover-in-doubt).
enum class InDoubt {
  kMove,  // the next target gets them as well: it may be in both, and is counted
  kWait,  // nothing moves until the target has said what it has
};

}  // namespace ox
