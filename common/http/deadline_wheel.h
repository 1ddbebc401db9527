#pragma once
// Internal to common/http. Deadlines of many connections, coarse (50 ms) and cheap: setting a later
// one than before, which happens with every request, only stores a number; the entry is moved when
// the wheel comes by.
// Threading: one thread.
#include <array>
#include <cstddef>
#include <vector>

#include "common/base/clock.h"

namespace ox {

class DeadlineWheel {
 public:
  static constexpr MonoTime kTick = Millis(50);
  static constexpr MonoTime kNever = MonoTime::max();

  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    MonoTime deadline() const { return deadline_; }

   protected:
    ~Entry() = default;

   private:
    friend class DeadlineWheel;
    MonoTime deadline_ = kNever;
    MonoTime visited_at_ = kNever;  // no later than this the wheel looks at it; kNever: not linked
    Entry* next_ = nullptr;
    Entry** link_ = nullptr;  // what points at this
  };

  // Starts to turn at `now`.
  explicit DeadlineWheel(MonoTime now) : turned_to_(now) {}

  void set(Entry& entry, MonoTime deadline);
  // Must be called before the entry is destroyed.
  void remove(Entry& entry);
  // The entries whose deadline is over at `now`; they are removed, and may be set again.
  void turn(MonoTime now, std::vector<Entry*>& expired);

 private:
  static constexpr std::size_t kSlots = 256;

  void link(Entry& entry);
  static void unlink(Entry& entry);

  std::array<Entry*, kSlots> slots_{};
  MonoTime turned_to_;
};

}  // namespace ox
