#include "common/read/timeline.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

using namespace std::chrono_literals;

SlotCounts slots_of(std::initializer_list<std::int64_t> instants) {
  SlotCounts out;
  for (std::int64_t instant : instants)
    ++out[static_cast<std::int32_t>(instant / kCountSlotSeconds)];
  return out;
}

TEST_CASE("slots are summed by the hours and days of a zone, and empty ones left out") {
  const TimeZone zone = *TimeZone::find("Europe/Amsterdam");
  const SlotCounts counts = slots_of({1497730477, 1497734077, 1497737677, 1497741277});
  CHECK(timeline_of(counts, zone, TimelineGroup::kHour) ==
        Timeline{{1497729600s, 1}, {1497733200s, 1}, {1497736800s, 1}, {1497740400s, 1}});
  CHECK(timeline_of(counts, zone, TimelineGroup::kDay) ==
        Timeline{{1497650400s, 2}, {1497736800s, 2}});
  CHECK(timeline_of({}, zone, TimelineGroup::kDay).empty());
}

TEST_CASE("zones of half and quarter hours fit the slots") {
  const TimeZone kathmandu = *TimeZone::find("Asia/Kathmandu");
  const SlotCounts counts = slots_of({1499998500, 1499999400, 1500001200, 1500002100});
  CHECK(timeline_of(counts, kathmandu, TimelineGroup::kHour) ==
        Timeline{{1499998500s, 3}, {1500002100s, 1}});
}

TEST_CASE("groups are called hour and day") {
  CHECK(parse_timeline_group("hour") == TimelineGroup::kHour);
  CHECK(parse_timeline_group("day") == TimelineGroup::kDay);
  for (const char* other : {"", "Day", "week", "days"}) CHECK_FALSE(parse_timeline_group(other));
}

}  // namespace
}  // namespace ox
