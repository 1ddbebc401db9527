#pragma once
// What is called for each request, as soon as its head is complete.
#include <functional>
#include <memory>

#include "common/http/body_reader.h"
#include "common/http/http_reply.h"
#include "common/http/http_request.h"

namespace ox {

// On the connection's I/O thread (on several at once when the server has several); must not block.
// The reply may be answered at once or later from any thread. Returns who reads the body; nullptr
// when the body does not matter: it is passed over then. `request` is the same as
// reply.request().
using HttpHandler =
    std::function<std::unique_ptr<BodyReader>(const HttpRequest& request, HttpReply reply)>;

}  // namespace ox
