#pragma once
#include <compare>
#include <cstdint>

#include "proto/event_slices.h"

namespace ox {

// The slots of time that indexes count by. Every bucket of a histogram whose width is a multiple of
// this, and which begins at a multiple of it, is a sum of slots.
inline constexpr int kCountSlotSeconds = 15 * 60;

struct CountSlot {
  static constexpr std::int32_t kNoTime = INT32_MIN;
  static constexpr std::int32_t kNoLevel = INT32_MIN;

  // floor(end / kCountSlotSeconds); kNoTime for events whose `end` is no number (or beyond any
  // calendar).
  std::int32_t slot = kNoTime;
  // body.level cut to a whole number within +-32000; kNoLevel for events whose level is no number.
  std::int32_t level = kNoLevel;
  auto operator<=>(const CountSlot&) const = default;

  // In which slot an event counts.
  static CountSlot of(const EventSlices& event);
};

// How many events of some count in a slot.
struct SlotCount {
  CountSlot slot;
  std::uint32_t events = 0;
  bool operator==(const SlotCount&) const = default;
};

}  // namespace ox
