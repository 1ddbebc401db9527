#pragma once
// Who may use which HTTP API: one loaded configuration, immutable, asked once a request.
//
// The APIs differ in what they take:
//   kRecord     Chronologer's: Basic, always. A user without a password is one that anybody can be.
//   kEventlog   Logger's: what LOGGER_AUTH says. hmac asks POSTs for a signature; what else there
//               is has none, and takes general credentials instead, of which there must be some.
//   kPbu        PBU's: its own token or general credentials.
//   kOther      all others: general credentials.
// General credentials are the tokens and, when they need a secret, the users. An API that has none
// of its own takes those; where there are none either, it is open, and whoever comes has all roles.
// A list of allowed addresses is looked at first.
//
// What a role permits is the API's to ask, of the roles that a decision brings.
// Threading: any number of threads; the clock given to its parts must outlive it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/auth/authorization.h"
#include "common/http/auth/ip_allow_list.h"
#include "common/http/auth/logger_verifier.h"
#include "common/http/auth/roles.h"
#include "common/http/auth/token_table.h"
#include "common/http/auth/users.h"

namespace ox {

enum class Api { kRecord, kEventlog, kPbu, kOther };

// Views for the length of a call. Header values without blanks around them, "" for none.
struct AuthRequest {
  std::string_view peer;  // the connection's numeric address: "10.0.0.1", "::1"
  std::string_view method = "POST";
  std::string_view authorization;
  std::string_view authentication = {};  // as PBU's document calls it
};

struct AuthDecision {
  enum class Outcome {
    kAllowed,
    kNeedsSignature,   // allowed once logger_verifier() accepts each event's signature
    kNeedsStretching,  // only from decide_quickly(): decide() can tell, but takes long
    kBadRequest,       // 400: Basic credentials that cannot be decoded
    kUnauthenticated,  // 401, with `challenge`
    kForbidden,        // 403: not from this address
  };
  Outcome outcome = Outcome::kUnauthenticated;
  Roles roles;                 // with kAllowed and kNeedsSignature
  std::string user;            // the name that passed, or "": for logs, printed with care
  std::string_view reason;     // one phrase for logs and error bodies; "" when allowed. Static
  std::string_view challenge;  // WWW-Authenticate, with kUnauthenticated. Static

  // 400, 401 or 403; 0 when none of them is due (yet).
  int http_status() const;
};

// What stands between an API and anybody who can reach it.
enum class Protection {
  kNone,
  kAddresses,      // only where the peer is
  kEmptyPassword,  // a user whose password is empty
  kSecret,
};

struct LoggerMethods {
  bool hmac = false;
  bool basic = false;
  bool ip = false;
};

// Made by load_auth_policy().
struct AuthParts {
  Users users = Users::single("logger", "", {});
  TokenTable tokens;
  TokenTable pbu_tokens;
  std::optional<IpAllowList> allow;
  std::optional<IpAllowList> logger_allow;
  // Nothing: LOGGER_AUTH says nothing. None of the three: it says "none".
  std::optional<LoggerMethods> logger;
  std::optional<LoggerVerifier> logger_verifier;  // with hmac
  std::vector<std::string> warnings;
};

class AuthPolicy {
 public:
  explicit AuthPolicy(AuthParts parts);

  // Microseconds, but for Basic credentials against a user file: those may cost one PBKDF2
  // (users.h), up to a few seconds.
  AuthDecision decide(Api api, const AuthRequest& request) const;
  // Never that long: kNeedsStretching instead.
  AuthDecision decide_quickly(Api api, const AuthRequest& request) const;

  // For kNeedsSignature; null when LOGGER_AUTH has no hmac. Lives as long as the policy.
  const LoggerVerifier* logger_verifier() const;

  Protection protection(Api api) const;

  // One line each, without secrets: for the log, once after loading.
  const std::vector<std::string>& warnings() const { return parts_.warnings; }

 private:
  enum class Patience { kQuick, kAny };

  AuthDecision decide(Api api, const AuthRequest& request, Patience patience) const;
  AuthDecision by_user(const AuthRequest& request, Patience patience,
                       std::string_view challenge) const;
  AuthDecision by_pbu_token(const AuthRequest& request, Patience patience) const;
  AuthDecision by_general(const AuthRequest& request, Patience patience) const;
  AuthDecision by_general_or_open(const AuthRequest& request, Patience patience) const;
  AuthDecision by_logger_methods(const AuthRequest& request, Patience patience) const;
  AuthDecision by_password(const BasicHeader& basic, Patience patience,
                           std::string_view challenge) const;
  bool has_general() const { return !parts_.tokens.empty() || parts_.users.need_secret(); }

  const AuthParts parts_;
};

}  // namespace ox
