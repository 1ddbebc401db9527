#pragma once
#include <string_view>

#include "common/base/status.h"
#include "common/read/event_selection.h"
#include "common/read/scan_pool.h"

namespace ox {

// Makes `selection` ask for what the SQL expression says as well (common/query/event_filter.h), as
// long as the job's time and no longer. Error: what is wrong with it (kInvalid, kTooLarge).
Status add_query(EventSelection& selection, std::string_view expression, const ScanJob& job);

}  // namespace ox
