#pragma once
// Our own reading API, under /api/v1/oxd (docs/reading-http.md, "oxd's own"; /openapi.json describes it): the
// newest events, histograms, and what fields and values there are.
#include "common/http/http_router.h"
#include "common/read/read_context.h"

namespace ox {

// `context` must outlive the router.
void mount_oxd_reading(HttpRouter& router, ReadContext& context);

}  // namespace ox
