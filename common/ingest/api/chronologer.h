#pragma once
// Chronologer's record API: POST /api/v1/record (docs/http.md, "Chronologer").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// CHRONOLOGER_MULTISTATUS is read from the environment here. Both must outlive the server.
void mount_chronologer(HttpRouter& router, ApiContext& context);

}  // namespace ox
