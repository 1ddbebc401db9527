#pragma once
// How many events fulfil conditions, by time and level. Blocks whose index tells are counted
// without being read; all others are.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/store/count_slot.h"
#include "common/store/event_scan.h"

namespace ox {

struct EventCounts {
  std::map<CountSlot, std::uint64_t> slots;
  std::uint64_t total = 0;
  std::vector<Status> problems;  // as EventScan::problems()
  ScanProgress progress;
};

// Each event that fulfils the conditions, as EventScan finds them, counted once. `conditions.words`
// must be empty (kInvalid): they are no exact condition. Errors: as EventScan::open() and next().
Result<EventCounts> count_events(FileSystem& fs, const std::string& directory,
                                 const EventConditions& conditions, ScanOptions options = {});

}  // namespace ox
