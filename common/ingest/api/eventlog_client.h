#pragma once
// POST /api/v1/events, for the events of the eventlog client library (docs/http.md, "eventlog").
// Not to be taken for Logger's /api/v1/eventlog.
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_eventlog_client(HttpRouter& router, ApiContext& context);

}  // namespace ox
