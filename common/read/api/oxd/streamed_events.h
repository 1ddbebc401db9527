#pragma once
// Any number of events, newest first, as an answer that is made while it is sent.
#include "common/read/event_selection.h"
#include "common/read/newest_events.h"
#include "common/read/scan_pool.h"
#include "common/read/store_reader.h"

namespace ox {

// Answers with the events of the page, a line of JSON each, with `places` as event_json.h has them. An error that comes
// before the first bytes were handed on is the answer; a later one is the last line, {"error": ...}.
// The scan ends with the client, and waits for it, as long as the job has time. Memory: what the
// scan in order of time needs (sorted_scan.h), HttpStream::kRoom, and one piece.
void stream_newest_events(ScanJob& job, StoreReader& reader, const EventSelection& wanted,
                          PageRange page, bool places);

}  // namespace ox
