#include "common/http/deadline_wheel.h"

#include <algorithm>

namespace ox {

void DeadlineWheel::set(Entry& entry, MonoTime deadline) {
  entry.deadline_ = deadline;
  if (deadline >= entry.visited_at_ && entry.link_) return;
  unlink(entry);
  if (deadline != kNever) link(entry);
}

void DeadlineWheel::remove(Entry& entry) {
  unlink(entry);
  entry.deadline_ = kNever;
}

void DeadlineWheel::turn(MonoTime now, std::vector<Entry*>& expired) {
  expired.clear();
  auto ticks = std::min<std::int64_t>((now / kTick) - (turned_to_ / kTick), kSlots);
  for (std::int64_t i = 0; i < ticks; ++i) {
    turned_to_ += kTick;
    auto slot = static_cast<std::size_t>(turned_to_ / kTick) % kSlots;
    Entry* entry = slots_[slot];
    while (entry) {
      Entry* next = entry->next_;
      unlink(*entry);
      if (entry->deadline_ <= now) {
        entry->deadline_ = kNever;
        expired.push_back(entry);
      } else if (entry->deadline_ != kNever) {
        // Not into this slot again: that is a whole turn away, or a tick ahead.
        link(*entry);
      }
      entry = next;
    }
  }
  // After a long stand-still every slot has been seen: the rest of the way is empty.
  if (now / kTick > turned_to_ / kTick) turned_to_ = now;
}

void DeadlineWheel::link(Entry& entry) {
  // The first tick at which the deadline is over, within one turn from here.
  std::int64_t first = turned_to_ / kTick + 1;
  std::int64_t last = first + static_cast<std::int64_t>(kSlots) - 2;
  std::int64_t tick = std::clamp<std::int64_t>(entry.deadline_ / kTick + 1, first, last);
  entry.visited_at_ = tick * kTick;
  Entry*& head = slots_[static_cast<std::size_t>(tick) % kSlots];
  entry.next_ = head;
  entry.link_ = &head;
  if (head) head->link_ = &entry.next_;
  head = &entry;
}

void DeadlineWheel::unlink(Entry& entry) {
  if (!entry.link_) return;
  *entry.link_ = entry.next_;
  if (entry.next_) entry.next_->link_ = entry.link_;
  entry.link_ = nullptr;
  entry.next_ = nullptr;
  entry.visited_at_ = kNever;
}

}  // namespace ox
