#pragma once
#include "common/http/http_handler.h"
#include "common/ingest/api/authorized.h"
#include "common/read/read_context.h"

namespace ox {

// GET .../tail: events as they come (common/read/tail_feed.h). Without `since` and a Last-Event-ID
// only what is new. The context has a TailHub.
HttpHandler tail_handler(ReadContext& context, NeededRoles needed);

}  // namespace ox
