#pragma once
#include "common/read/api/oxd/oxd_answer.h"
#include "common/read/event_selection.h"
#include "common/read/scan_pool.h"
#include "common/read/store_reader.h"

namespace ox {

// GET .../context: an event, by its id or its place, and those around it. Without anything that
// selects events those beside it in its log file; otherwise those `wanted` around it in time.
OxdAnswer event_context(ScanJob& job, StoreReader& reader, const EventSelection& wanted);

}  // namespace ox
