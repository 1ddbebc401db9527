#pragma once
// Which events a request to our own API asks for: type, host, since, until, level and where.
#include <variant>

#include "common/http/http_response.h"
#include "common/http/url.h"
#include "common/read/event_selection.h"
#include "common/read/scan_pool.h"

namespace ox {

HttpError invalid_parameter(std::string message);  // 400

// All but `where`; or the error to answer (400).
std::variant<EventConditions, HttpError> read_event_conditions(const HttpPairs& query);
// Or the error to answer (400). A `where` is only good as long as the job.
std::variant<EventSelection, HttpError> read_event_filter(const HttpPairs& query,
                                                          const ScanJob& job);

}  // namespace ox
