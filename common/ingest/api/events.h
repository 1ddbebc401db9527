#pragma once
// POST /api/v1/events/{type}: events of any application, as JSON, MessagePack or lines of text
// (docs/http.md, "Events of any kind").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_events(HttpRouter& router, ApiContext& context);

// What a client may call the type of its events. Error: kInvalid, what is wrong.
Status check_event_type(std::string_view type);

}  // namespace ox
