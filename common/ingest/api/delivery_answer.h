#pragma once
// What a client is told of events that were not delivered.
#include "common/http/http_response.h"
#include "common/ingest/event_gate.h"

namespace ox {

// The error of anything but kSafe: 503 with Retry-After, or 422 for what the next hop refuses.
HttpError delivery_error(Delivery delivery);

}  // namespace ox
