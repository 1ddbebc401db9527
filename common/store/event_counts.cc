#include "common/store/event_counts.h"

#include <utility>

namespace ox {

Result<EventCounts> count_events(FileSystem& fs, const std::string& directory,
                                 const EventConditions& conditions, ScanOptions options) {
  if (!conditions.words.empty())
    return Status(Code::kInvalid, "words are no exact condition: events cannot be counted by them");
  EventCounts counts;
  auto add = [&counts](const CountSlot& slot, std::uint64_t events) {
    counts.slots[slot] += events;
    counts.total += events;
  };
  options.count_block = [&add](const SlotCount& count) { add(count.slot, count.events); };
  OX_ASSIGN_OR_RETURN(EventScan scan,
                      EventScan::open(fs, directory, conditions, std::move(options)));
  std::string_view event;
  while (true) {
    OX_ASSIGN_OR_RETURN(bool found, scan.next(event));
    if (!found) break;
    add(CountSlot::of(scan.slices()), 1);
  }
  counts.problems = scan.problems();
  counts.progress = scan.progress();
  return counts;
}

}  // namespace ox
