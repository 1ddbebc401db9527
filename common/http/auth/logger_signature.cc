#include "common/http/auth/logger_signature.h"

#include <algorithm>
#include <string>

#include "common/base/bytes.h"
#include "common/http/auth/authorization.h"
#include "common/http/auth/encoding.h"
#include "common/http/auth/words.h"

namespace ox {
namespace {

Status malformed(std::string_view what) {
  return Status(Code::kInvalid, "the signature " + std::string(what));
}

Result<LoggerSignature> of_hex(LoggerSignature::Version version, std::string_view hex) {
  LoggerSignature out;
  out.version = version;
  if (hex.size() != out.digest.size() * 2) return malformed("does not have 64 hex digits");
  auto bytes = decode_hex(hex);
  if (!bytes) return malformed("is not hex");
  std::copy(bytes->begin(), bytes->end(), out.digest.begin());
  return out;
}

enum class Forms { kPrefixed, kPrefixedOrBare, kV1OrBare };

Result<LoggerSignature> of_text(std::string_view text, Forms forms) {
  using Version = LoggerSignature::Version;
  if (text.starts_with("sha256=")) return of_hex(Version::kV1, text.substr(7));
  if (text.starts_with("v2=")) {
    if (forms == Forms::kV1OrBare) return malformed("of one event among others is not a v1 one");
    return of_hex(Version::kV2, text.substr(3));
  }
  if (forms == Forms::kPrefixed) return malformed("begins with neither sha256= nor v2=");
  return of_hex(Version::kV1, text);
}

}  // namespace

Result<LoggerSignature> LoggerSignature::from_headers(std::string_view x_logger_signature,
                                                      std::string_view authorization) {
  std::string_view own = trimmed(x_logger_signature);
  if (!own.empty()) return of_text(own, Forms::kPrefixed);
  SchemeAndRest parts = split_authorization(authorization);
  if (equal_ignoring_case(parts.scheme, "hmac")) return of_text(parts.rest, Forms::kPrefixedOrBare);
  return Status(Code::kNotFound, "the signature is missing");
}

Result<LoggerSignature> LoggerSignature::from_member(std::string_view text) {
  if (text.empty()) return Status(Code::kNotFound, "the signature is missing");
  return of_text(text, Forms::kV1OrBare);
}

bool signable(const SignedEvent& event) {
  for (std::string_view part : {event.facility, event.level, event.timestamp})
    if (part.find('\n') != std::string_view::npos) return false;
  return true;
}

static std::string triple(const SignedEvent& event) {
  std::string out(event.facility);
  out += '\n';
  out += event.level;
  out += '\n';
  out += event.timestamp;
  return out;
}

Digest sign_v1(std::string_view secret, const SignedEvent& event) {
  return hmac_sha256(secret, triple(event));
}

Digest sign_v2(std::string_view secret, const SignedEvent& event, std::string_view body) {
  const Digest body_digest = sha256(body);
  return hmac_sha256(secret, "v2\n" + triple(event) + "\n" + to_hex(view_of(body_digest)));
}

}  // namespace ox
