#include "common/http/auth/auth_policy.h"

#include <utility>

namespace ox {
namespace {

using Outcome = AuthDecision::Outcome;

constexpr std::string_view kRecordChallenge = "Basic realm=\"Chronologer\"";
constexpr std::string_view kLoggerChallenge = "Basic realm=\"Logger\"";
constexpr std::string_view kBasicChallenge = "Basic realm=\"oxd\"";
constexpr std::string_view kTokenChallenge = "Bearer realm=\"oxd\"";
// A token may also come as a password.
constexpr std::string_view kEitherChallenge = "Basic realm=\"oxd\", Bearer realm=\"oxd\"";

AuthDecision allowed(Roles roles) {
  AuthDecision out;
  out.outcome = Outcome::kAllowed;
  out.roles = roles;
  return out;
}

AuthDecision refused(Outcome outcome, std::string_view reason, std::string_view challenge = {}) {
  AuthDecision out;
  out.outcome = outcome;
  out.reason = reason;
  out.challenge = challenge;
  return out;
}

AuthDecision unauthenticated(std::string_view reason, std::string_view challenge) {
  return refused(Outcome::kUnauthenticated, reason, challenge);
}

AuthDecision undecodable() {
  return refused(Outcome::kBadRequest, "the Basic credentials cannot be decoded");
}

AuthDecision wrong_address() {
  return refused(Outcome::kForbidden, "this address is not among those allowed");
}

}  // namespace

int AuthDecision::http_status() const {
  switch (outcome) {
    case Outcome::kBadRequest:
      return 400;
    case Outcome::kUnauthenticated:
      return 401;
    case Outcome::kForbidden:
      return 403;
    case Outcome::kAllowed:
    case Outcome::kNeedsSignature:
    case Outcome::kNeedsStretching:
      return 0;
  }
  return 0;
}

AuthPolicy::AuthPolicy(AuthParts parts) : parts_(std::move(parts)) {
  OX_CHECK(!parts_.logger || parts_.logger->hmac == parts_.logger_verifier.has_value());
}

AuthDecision AuthPolicy::decide(Api api, const AuthRequest& request) const {
  return decide(api, request, Patience::kAny);
}

AuthDecision AuthPolicy::decide_quickly(Api api, const AuthRequest& request) const {
  return decide(api, request, Patience::kQuick);
}

const LoggerVerifier* AuthPolicy::logger_verifier() const {
  return parts_.logger_verifier ? &*parts_.logger_verifier : nullptr;
}

AuthDecision AuthPolicy::decide(Api api, const AuthRequest& request, Patience patience) const {
  if (parts_.allow && !parts_.allow->allows(request.peer)) return wrong_address();
  switch (api) {
    case Api::kRecord:
      return by_user(request, patience, kRecordChallenge);
    case Api::kEventlog:
      return by_logger_methods(request, patience);
    case Api::kPbu:
      return by_pbu_token(request, patience);
    case Api::kOther:
      return by_general_or_open(request, patience);
  }
  return unauthenticated("no such API", kTokenChallenge);
}

AuthDecision AuthPolicy::by_user(const AuthRequest& request, Patience patience,
                                 std::string_view challenge) const {
  BasicHeader basic = parse_basic(request.authorization);
  switch (basic.kind) {
    case BasicHeader::Kind::kNone:
      return unauthenticated("credentials are missing", challenge);
    case BasicHeader::Kind::kOtherScheme:
      return unauthenticated("only Basic credentials are taken", challenge);
    case BasicHeader::Kind::kUndecodable:
      return undecodable();
    case BasicHeader::Kind::kCredentials:
      break;
  }
  return by_password(basic, patience, challenge);
}

AuthDecision AuthPolicy::by_password(const BasicHeader& basic, Patience patience,
                                     std::string_view challenge) const {
  Users::Answer answer = patience == Patience::kAny
                             ? parts_.users.check(basic.user, basic.password)
                             : parts_.users.check_quickly(basic.user, basic.password);
  if (answer.verdict == Users::Verdict::kUndecided)
    return refused(Outcome::kNeedsStretching, "the password is yet to be stretched");
  if (answer.verdict == Users::Verdict::kRefused)
    return unauthenticated("the user name or the password is wrong", challenge);
  AuthDecision out = allowed(answer.roles);
  out.user = basic.user;
  return out;
}

AuthDecision AuthPolicy::by_general(const AuthRequest& request, Patience patience) const {
  const std::string_view challenge = parts_.tokens.empty() ? kBasicChallenge : kEitherChallenge;
  for (std::string_view header : {request.authorization, request.authentication})
    if (auto roles = parts_.tokens.find_presented(header)) return allowed(*roles);
  BasicHeader basic = parse_basic(request.authorization);
  if (basic.kind == BasicHeader::Kind::kUndecodable) return undecodable();
  if (basic.kind == BasicHeader::Kind::kCredentials) {
    // Some senders can only put their token where a password belongs ("x:<token>").
    if (auto roles = parts_.tokens.find(basic.password)) return allowed(*roles);
    if (parts_.users.need_secret()) return by_password(basic, patience, challenge);
  }
  bool missing = request.authorization.empty() && request.authentication.empty();
  return unauthenticated(missing ? "credentials are missing" : "the credentials are wrong",
                         challenge);
}

AuthDecision AuthPolicy::by_general_or_open(const AuthRequest& request, Patience patience) const {
  return has_general() ? by_general(request, patience) : allowed(Roles::all());
}

AuthDecision AuthPolicy::by_pbu_token(const AuthRequest& request, Patience patience) const {
  if (parts_.pbu_tokens.empty()) return by_general_or_open(request, patience);
  for (std::string_view header : {request.authorization, request.authentication})
    if (auto roles = parts_.pbu_tokens.find_presented(header)) return allowed(*roles);
  if (has_general()) return by_general(request, patience);
  return unauthenticated("the token is missing or wrong", kTokenChallenge);
}

AuthDecision AuthPolicy::by_logger_methods(const AuthRequest& request, Patience patience) const {
  if (!parts_.logger) return by_general_or_open(request, patience);
  const LoggerMethods& methods = *parts_.logger;
  if (methods.ip && parts_.logger_allow && !parts_.logger_allow->allows(request.peer))
    return wrong_address();
  const bool sends = request.method == "POST";
  const bool signature = methods.hmac && sends;
  AuthDecision out = allowed(signature ? Roles().add(Role::kWriter) : Roles::all());
  if (methods.basic) {
    out = by_user(request, patience, kLoggerChallenge);
  } else if (methods.hmac && !sends) {
    // Whoever may send does not thereby read or delete.
    out = has_general() ? by_general(request, patience)
                        : unauthenticated("neither users with a password nor tokens are set up",
                                          kLoggerChallenge);
  }
  if (signature && out.outcome == Outcome::kAllowed) out.outcome = Outcome::kNeedsSignature;
  return out;
}

Protection AuthPolicy::protection(Api api) const {
  const Protection at_least = parts_.allow ? Protection::kAddresses : Protection::kNone;
  const Protection users =
      parts_.users.need_secret() ? Protection::kSecret : Protection::kEmptyPassword;
  const Protection general = has_general() ? Protection::kSecret : at_least;
  switch (api) {
    case Api::kRecord:
      return users;
    case Api::kPbu:
      return parts_.pbu_tokens.empty() ? general : Protection::kSecret;
    case Api::kOther:
      return general;
    case Api::kEventlog:
      if (!parts_.logger) return general;
      if (parts_.logger->basic && parts_.users.need_secret()) return Protection::kSecret;
      if (parts_.logger->hmac && !parts_.logger->basic) return Protection::kSecret;
      // Reads and deletions have no signature: there, the empty password is all there is.
      if (parts_.logger->basic) return Protection::kEmptyPassword;
      return parts_.logger->ip ? Protection::kAddresses : at_least;
  }
  return Protection::kNone;
}

}  // namespace ox
