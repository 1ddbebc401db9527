#pragma once
#include "common/http/http_handler.h"
#include "common/read/read_context.h"

namespace ox {

// GET .../nodes: what the nodes that the context's NodeWatch knows tell of themselves; none without
// one. It takes the role admin: a status has paths, addresses and who sends, which control sockets
// tell and log files do not.
HttpHandler nodes_handler(ReadContext& context);

}  // namespace ox
