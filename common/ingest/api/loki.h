#pragma once
// POST /loki/api/v1/push and /api/prom/push: what Promtail, Alloy and other clients of Loki send;
// GET /ready (docs/http.md, "Loki").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_loki(HttpRouter& router, ApiContext& context);

}  // namespace ox
