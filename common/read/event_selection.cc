#include "common/read/event_selection.h"

#include <algorithm>

#include "common/query/log_record.h"

namespace ox {

void narrow(EventConditions& conditions, const EventConditions& more) {
  if (conditions.types.empty()) conditions.types = more.types;
  if (conditions.hosts.empty()) conditions.hosts = more.hosts;
  if (more.since) conditions.since = std::max(conditions.since.value_or(*more.since), *more.since);
  if (more.until) {
    if (!conditions.until || *more.until < *conditions.until) {
      conditions.until = more.until;
      conditions.until_exclusive = more.until_exclusive;
    } else if (*more.until == *conditions.until) {
      conditions.until_exclusive = conditions.until_exclusive || more.until_exclusive;
    }
  }
  if (more.min_level)
    conditions.min_level =
        std::max(conditions.min_level.value_or(*more.min_level), *more.min_level);
  conditions.words.insert(conditions.words.end(), more.words.begin(), more.words.end());
  conditions.needles.insert(conditions.needles.end(), more.needles.begin(), more.needles.end());
}

std::optional<WallTime> event_time(const EventSlices& event) { return record_time(event.end); }

}  // namespace ox
