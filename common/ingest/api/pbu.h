#pragma once
// POST /api/log of the PBU log server: records of its handler, as events and as lines in the files of
// their levels (docs/http.md, "PBU").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// A wrong configuration (pbu/pbu_settings.h), or a LOG_FOLDER that cannot be made, goes to
// context.configuration.
void mount_pbu(HttpRouter& router, ApiContext& context);

}  // namespace ox
