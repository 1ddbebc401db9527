#pragma once
// Signatures of Logger events: HMAC-SHA-256 with a shared secret over
//
//   v1   facility LF level LF timestamp
//   v2   "v2" LF facility LF level LF timestamp LF hex(SHA-256(body))
//
// the three as the strings that the JSON document has (a number: its digits as written), UTF-8,
// without a line end behind the last. v1 leaves the rest of the event unprotected. They travel in
//
//   X-Logger-Signature: sha256=<hex>        v1
//   X-Logger-Signature: v2=<hex>            v2
//   Authorization: HMAC <hex>               v1; "sha256=" and "v2=" may stand before the hex
//   the member "signature" of an object in a list or in ndjson: <hex> or sha256=<hex>, v1
//
// with 64 hex digits of either case. v2's body is the JSON text itself: as it was before any
// Content-Encoding or Transfer-Encoding. Pure functions.
#include <string_view>

#include "common/base/status.h"
#include "common/http/auth/digest.h"

namespace ox {

struct LoggerSignature {
  enum class Version { kV1, kV2 };
  Version version = Version::kV1;
  Digest digest{};

  // From the values of the two headers, "" for one that is not there; X-Logger-Signature counts
  // when it is there. Errors, both to be answered 401: kNotFound when neither has a signature;
  // kInvalid when it is not one of the forms above.
  static Result<LoggerSignature> from_headers(std::string_view x_logger_signature,
                                              std::string_view authorization);
  // From the member "signature". Errors as above, kNotFound for "".
  static Result<LoggerSignature> from_member(std::string_view text);
};

// What is signed of an event; views for the length of a call.
struct SignedEvent {
  std::string_view facility;
  std::string_view level;
  std::string_view timestamp;
};

// False when one of the three has a line feed: their boundaries would be ambiguous, and one
// signature good for several events.
bool signable(const SignedEvent& event);

// `event` is signable().
Digest sign_v1(std::string_view secret, const SignedEvent& event);
Digest sign_v2(std::string_view secret, const SignedEvent& event, std::string_view body);

}  // namespace ox
