#pragma once
// GET /api/v1/eventqry/... and /api/v1/eventlog/{id} of the Logger note (docs/reading-http.md): closed
// minutes, hours and days of events. The POST side is common/ingest/api/logger.h.
#include "common/http/http_router.h"
#include "common/read/read_context.h"

namespace ox {

// `context` must outlive the router. LOGGER_GRACE: how long after its end a period is complete (2s);
// LOGGER_SETTLE: how long after it events are expected to come late (5m).
void mount_logger_reading(HttpRouter& router, ReadContext& context);

}  // namespace ox
