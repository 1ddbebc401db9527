#pragma once
// Whether it is safe to listen somewhere with what an AuthPolicy asks for.
// On loopback (and on a Unix socket) everything is. Beyond it, every API must ask for a secret that
// is not empty: a list of addresses alone is not enough, nor is Chronologer's own default, the user
// "logger" without a password. --insecure allows it all the same, with a warning.
#include <span>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/status.h"
#include "common/http/auth/auth_policy.h"

namespace ox {

struct HttpListener {
  Address address;
  bool tls = false;
};

// What there is to warn of, one line each: everybody may come in (insecure), or secrets cross the
// network in clear (no TLS). Error: kInvalid, one line naming the address, every API that is not
// protected, and what would protect it. `apis` are those mounted on the listener.
Result<std::vector<std::string>> check_listener(const AuthPolicy& policy,
                                                const HttpListener& listener,
                                                std::span<const Api> apis, bool insecure);

}  // namespace ox
