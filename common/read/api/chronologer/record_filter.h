#pragma once
// Which records a request to the record API asks for: after, before, level, name and query.
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/http_response.h"
#include "common/http/url.h"
#include "common/read/event_selection.h"
#include "common/read/scan_pool.h"

namespace ox {

// What is said of a query that is none (400, StorageQueryError).
inline constexpr std::string_view kQueryComplaint =
    "Make sure the query filter is a valid WHERE expression";

// The records among events of `types`, or the error to answer (400). A query is only good as long as
// the job whose scan it belongs to.
std::variant<EventSelection, HttpError> read_record_filter(const HttpPairs& query,
                                                           const std::vector<TypePattern>& types,
                                                           const ScanJob& job);

}  // namespace ox
