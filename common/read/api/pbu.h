#pragma once
// GET /api/log/messages and /api/login-check, which the page of a PBU log server asks
// (docs/reading-http.md). The POST side is common/ingest/api/pbu.h.
#include "common/http/http_router.h"
#include "common/read/read_context.h"

namespace ox {

// `context` must outlive the router. ENABLED_LOG_LEVELS, as for the POST side: which levels the page
// offers.
void mount_pbu_reading(HttpRouter& router, ReadContext& context);

}  // namespace ox
