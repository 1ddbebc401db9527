#pragma once
// Where an event comes from when it does not say so itself.
#include <string>

#include "common/http/http_request.h"
#include "common/ingest/api/api_context.h"

namespace ox {

// The address of the peer, in numbers; for one on this machine, over loopback, the machine's name.
std::string sender_host(const ApiContext& context, const HttpRequest& request);

}  // namespace ox
