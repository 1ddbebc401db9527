#include "common/read/timeline.h"

#include <map>

namespace ox {

std::optional<TimelineGroup> parse_timeline_group(std::string_view text) {
  if (text == "hour") return TimelineGroup::kHour;
  if (text == "day") return TimelineGroup::kDay;
  return std::nullopt;
}

Timeline timeline_of(const SlotCounts& counts, const TimeZone& zone, TimelineGroup group) {
  // Days that the clocks were put back in need not come in order.
  std::map<Seconds, std::uint64_t> groups;
  for (const auto& [slot, count] : counts) {
    const Seconds instant(std::int64_t{slot} * kCountSlotSeconds);
    const Seconds start =
        group == TimelineGroup::kDay ? zone.start_of_day(instant) : zone.start_of_hour(instant);
    groups[start] += count;
  }
  return {groups.begin(), groups.end()};
}

}  // namespace ox
