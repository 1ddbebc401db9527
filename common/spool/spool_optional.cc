// How a spool without room gets some from optional outputs that are behind: they miss what waited
// longest. The others miss nothing.
#include <algorithm>

#include "common/spool/spool.h"

namespace ox {

void Cursor::pass_over(Position to, std::uint64_t events) {
  events = std::min(events, pending_events_);
  released_ = to;
  pending_events_ -= events;
  passed_over_ += events;
  while (!taken_.empty() && taken_.front().end <= to) taken_.pop_front();
}

bool Spool::skip_optional() {
  std::lock_guard no_checkpoint_is_written(checkpoint_mu_);
  std::lock_guard lock(mu_);
  if (segments_.empty() && memory_.empty()) return false;
  Position may_go = lowest_required();
  Position to = 0;
  if (!on_disk()) {
    to = memory_.front().end;
  } else {
    const Checkpoint* known = checkpoint_->current();
    if (failed_ || known == nullptr || segments_.empty()) return false;
    // A start goes back as far as this, whatever the outputs have released.
    may_go = std::min({may_go, known->committed, known->store_position});
    to = segments_.size() > 1 ? segments_[1].base : end_;
  }
  if (to > may_go) return false;
  bool moved = false;
  for (Cursor* cursor : cursors_) {
    if (!cursor->optional_ || cursor->released_ >= to) continue;
    std::uint64_t events = 0;
    if (!on_disk()) {
      events = memory_.front().batch->event_count();
    } else {
      std::uint64_t behind = segments_.size() > 1 ? total_events_ - segments_[1].events_before : 0;
      events = cursor->pending_events_ - std::min(behind, cursor->pending_events_);
    }
    cursor->pass_over(to, events);
    moved = true;
  }
  if (moved && !on_disk()) trim_memory();
  return moved;
}

}  // namespace ox
