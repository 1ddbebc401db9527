#pragma once
// DELETE /api/v1/eventlog: Logger's events of before a time are gone, for every reader, as soon as
// the collector says so (docs/http.md, "Logger").
#include "common/http/http_handler.h"
#include "common/http/url.h"
#include "common/ingest/api/api_context.h"
#include "proto/cutoff.h"

namespace ox {

// What a query asks to be deleted. `days`: LOGGER_RETENTION_DAYS, which counts when the query names
// no time; nothing: for ever. types: of the API's events. Nothing, or the error to answer.
std::optional<HttpError> read_eventlog_delete(const HttpPairs& query, std::optional<int> days,
                                              WallTime now, CutoffRequest& request);

// For admins. `context` must outlive it.
HttpHandler eventlog_delete(ApiContext& context);

}  // namespace ox
