#include "oxd/stream/live_queue.h"

#include <algorithm>
#include <utility>

namespace ox {

static constexpr Micros kPerSubscriber{200};
static constexpr Micros kLongest{20'000};
// A tenth of what libzmq keeps for a subscriber: a burst of this size loses nothing.
static constexpr std::uint64_t kEnoughEvents = 1000;

LiveQueue::Added LiveQueue::add(LiveItem item) {
  const std::uint64_t bytes = item.batch->bytes().size();
  std::lock_guard lock(mu_);
  if (!items_.empty() && bytes_ + bytes > max_bytes_) return Added::kDropped;
  const bool had_enough = events_ >= kEnoughEvents;
  bytes_ += bytes;
  events_ += item.batch->event_count();
  items_.push_back(std::move(item));
  const bool tell = items_.size() == 1 || (!had_enough && events_ >= kEnoughEvents);
  return tell ? Added::kWake : Added::kQueued;
}

std::vector<LiveItem> LiveQueue::take() {
  std::lock_guard lock(mu_);
  bytes_ = 0;
  events_ = 0;
  return std::exchange(items_, {});
}

Micros LiveQueue::gather_for(std::uint64_t subscribers) const {
  if (subscribers <= 1) return Micros{};
  {
    std::lock_guard lock(mu_);
    if (events_ >= kEnoughEvents) return Micros{};
  }
  const std::uint64_t most = static_cast<std::uint64_t>(kLongest / kPerSubscriber);
  return kPerSubscriber * static_cast<std::int64_t>(std::min(subscribers, most));
}

}  // namespace ox
