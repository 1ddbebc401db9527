#include "common/store/count_slot.h"

#include <algorithm>
#include <cmath>

namespace ox {

static constexpr double kMostSlots = 2147483647;
static constexpr double kMostLevel = 32000;

CountSlot CountSlot::of(const EventSlices& event) {
  CountSlot count;
  if (auto end = event.end.as_number()) {
    const double slot = std::floor(*end / kCountSlotSeconds);
    if (std::fabs(slot) <= kMostSlots) count.slot = static_cast<std::int32_t>(slot);
  }
  if (auto level = level_of(event))
    count.level =
        static_cast<std::int32_t>(std::clamp(std::floor(*level), -kMostLevel, kMostLevel));
  return count;
}

}  // namespace ox
