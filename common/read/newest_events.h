#pragma once
// Pages of events, newest first: by time, of equal times by id, of equal ids by where they lie.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/status.h"
#include "common/read/event_selection.h"
#include "common/read/placed_event.h"
#include "common/read/store_reader.h"

namespace ox {

// What one answer may take that is not sent while it is made.
inline constexpr std::size_t kMostPageBytes = 64u << 20;

struct PageRange {
  std::uint64_t left = 0;   // from 0, the newest
  std::uint64_t right = 0;  // inclusive
};

// The events of the page; fewer where there are no more. Events without a time
// are left out. What lies in front of the page is counted by the indexes where they can tell, and
// otherwise passed over one by one. Errors: kTooLarge, the page has more than `max_bytes`; those of
// StoreReader::for_each().
Result<std::vector<PlacedEvent>> newest_events(StoreReader& reader, const EventSelection& selection,
                                               PageRange page,
                                               std::size_t max_bytes = kMostPageBytes);

}  // namespace ox
