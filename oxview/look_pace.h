#pragma once
// How long to wait between two looks at files that others write, so that looking takes a tenth of the time
// at most, however many files there are.
//
// Only a look that found nothing tells what looking costs: one that found events also took as long as their
// reader did, who may be a pager or a stopped terminal, and the next look must not wait for ten times that.
#include <algorithm>

#include "common/base/clock.h"

namespace ox {

class LookPace {
 public:
  // Where a tenth of the time would mean to wait longer than this, looking takes more of it.
  static constexpr Micros kLongestWait = Seconds(5);

  explicit LookPace(Micros shortest_wait) : shortest_wait_(shortest_wait) {}

  // Behind a look that took so long.
  Micros wait_after(Micros took, bool found_events) {
    if (!found_events) cost_ = took;
    return std::clamp(cost_ * kPartOfTime, shortest_wait_, kLongestWait);
  }

 private:
  static constexpr int kPartOfTime = 10;

  const Micros shortest_wait_;
  Micros cost_{};  // of a look that finds nothing
};

}  // namespace ox
