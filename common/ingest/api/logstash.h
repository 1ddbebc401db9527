#pragma once
// Where clients post that know Logstash's HTTP input: /logstash, and with profile=logstash every path
// that is no other API's (docs/http.md, "Logstash").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_logstash(HttpRouter& router, ApiContext& context);

}  // namespace ox
