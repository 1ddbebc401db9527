#pragma once
// POST /fluent/<tag>: what Fluentd's in_http takes (docs/http.md, "Fluentd's in_http").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_fluent(HttpRouter& router, ApiContext& context);

}  // namespace ox
