#pragma once
// POST /api/v1/eventlog of the Logger note: events of a facility, one by one, in arrays or as
// ndjson, signed or not; and DELETE (docs/http.md, "Logger").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_logger(HttpRouter& router, ApiContext& context);

}  // namespace ox
