#pragma once
// /services/collector: what Splunk's HTTP Event Collector takes, as events and as raw lines, with
// acknowledgements (docs/http.md, "Splunk HEC").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_splunk(HttpRouter& router, ApiContext& context);

}  // namespace ox
