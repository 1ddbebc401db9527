#pragma once
// What senders of documents ask of Elasticsearch: bulk requests, single documents, and the probes that
// they make before (docs/http.md, "Elasticsearch").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_elasticsearch(HttpRouter& router, ApiContext& context);

}  // namespace ox
