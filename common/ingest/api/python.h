#pragma once
// Where the HTTPHandler of Python's standard library posts as it is: /ingest/python
// (docs/http.md, "Python's HTTPHandler").
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// Both must outlive the server.
void mount_python(HttpRouter& router, ApiContext& context);

}  // namespace ox
