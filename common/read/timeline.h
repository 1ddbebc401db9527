#pragma once
// Counts by the hours or days of a place.
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/read/store_reader.h"
#include "common/read/time_zone.h"

namespace ox {

enum class TimelineGroup { kHour, kDay };

// "hour" or "day".
std::optional<TimelineGroup> parse_timeline_group(std::string_view text);

// When each hour or day with events begins (Unix seconds), and how many it has; ascending. Slots are
// of 15 minutes, and no zone has had an offset that does not fit them since 1972: before that a
// border may be off by some minutes.
using Timeline = std::vector<std::pair<Seconds, std::uint64_t>>;
Timeline timeline_of(const SlotCounts& counts, const TimeZone& zone, TimelineGroup group);

}  // namespace ox
