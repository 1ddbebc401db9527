#pragma once
// POST /v1/logs: logs of OpenTelemetry's SDKs and collectors, OTLP/HTTP with protobuf or JSON
// (docs/http.md, "OTLP logs").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_otlp(HttpRouter& router, ApiContext& context);

}  // namespace ox
