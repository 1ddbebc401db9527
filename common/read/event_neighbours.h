#pragma once
// The events around one event, in its log file or in time.
// Bounds: what is returned takes at most `max_bytes`, beside what reading needs.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/read/event_selection.h"
#include "common/read/newest_events.h"
#include "common/read/placed_event.h"
#include "common/read/store_reader.h"

namespace ox {

struct EventNeighbours {
  PlacedEvent event;
  std::vector<PlacedEvent> before;  // both in order: the last of `before` is next to the event,
  std::vector<PlacedEvent> after;   // and so is the first of `after`
};

// How many at most.
struct NeighbourCounts {
  std::size_t before = 0;
  std::size_t after = 0;
};

// The event at `place` and those beside it in its file, as they were written. Nothing when no event
// begins there, or it is gone, or has not the `id` when one is given (event_by_id.h). Of two files with this name (StoreReader::files_at()), the compressed
// one counts first. Reads the index's block with the place and those next to it; without an index
// the file from its front. Errors: kTooLarge; those of StoreReader::for_each().
Result<std::optional<EventNeighbours>> neighbours_in_file(
    StoreReader& reader, const LogPlace& place, NeighbourCounts counts,
    const std::optional<std::string>& id = std::nullopt, std::size_t max_bytes = kMostPageBytes);

// `event` and those selected that lie before and behind it by `end`, of equal ones by id and place.
// The event itself need not be one that is selected. Errors: kInvalid, it has no time; kTooLarge;
// those of StoreReader::for_each().
Result<EventNeighbours> neighbours_in_time(StoreReader& reader, PlacedEvent event,
                                           const EventSelection& selection, NeighbourCounts counts,
                                           std::size_t max_bytes = kMostPageBytes);

}  // namespace ox
