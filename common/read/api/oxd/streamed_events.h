#pragma once
// Any number of events, newest first, as an answer that is made while it is sent.
#include <cstdint>

#include "common/read/event_selection.h"
#include "common/read/scan_pool.h"
#include "common/read/store_reader.h"

namespace ox {

// Answers with `limit` events behind the `offset` newest, a line of JSON each. An error that comes
// before the first bytes were handed on is the answer; a later one is the last line, {"error": ...}.
// The scan ends with the client, and waits for it, as long as the job has time. Memory: what the
// scan in order of time needs (sorted_scan.h), HttpStream::kRoom, and one piece.
void stream_newest_events(ScanJob& job, StoreReader& reader, const EventSelection& wanted,
                          std::uint64_t offset, std::uint64_t limit);

}  // namespace ox
