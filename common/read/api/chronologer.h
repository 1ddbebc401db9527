#pragma once
// GET and HEAD of Chronologer's record API (docs/reading-http.md): how many records there are, when,
// and the records themselves. The POST side is common/ingest/api/chronologer.h.
#include "common/http/http_router.h"
#include "common/read/read_context.h"

namespace ox {

// `context` must outlive the router. CHRONOLOGER_CORS_ORIGIN: pages of that origin may read.
void mount_chronologer_reading(HttpRouter& router, ReadContext& context);

}  // namespace ox
