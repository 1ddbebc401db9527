#pragma once
// Lets a request through to an API's handler when its sender may do what it asks.
#include <functional>
#include <memory>

#include "common/http/auth/auth_policy.h"
#include "common/http/auth/auth_store.h"
#include "common/http/auth/roles.h"
#include "common/http/http_handler.h"
#include "common/ingest/api/api_context.h"
#include "common/ingest/api/slow_lane.h"

namespace ox {

// What goes on once the request is allowed. `policy` is what decided, to be held while the
// decision's logger_verifier() is needed. Returns who reads the body, or nullptr.
using AuthorizedHandler = std::function<std::unique_ptr<BodyReader>(
    const HttpRequest& request, HttpReply reply, const AuthDecision& decision,
    std::shared_ptr<const AuthPolicy> policy)>;

// A handler that asks the policy in force about `api` first, and for `role`, which a request that
// still needs a signature has to earn with it. Anybody else is answered 400, 401 (with a
// challenge), 403, or 503 when too many passwords wait to be checked, in the shape of the mount.
// A password that takes long to check is checked on the slow lane, and the body waits meanwhile.
// `context` must outlive the handler.
HttpHandler authorized(ApiContext& context, Api api, Role role, AuthorizedHandler next);

// The same where it depends on the request which roles it takes, all of them. `auth` and `slow_lane`
// must outlive the handler.
using NeededRoles = std::function<Roles(const HttpRequest& request)>;
HttpHandler authorized(AuthStore& auth, SlowLane& slow_lane, Api api, NeededRoles needed,
                       AuthorizedHandler next);

}  // namespace ox
