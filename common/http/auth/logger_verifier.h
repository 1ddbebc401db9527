#pragma once
// Checks signatures of Logger events against the secrets of their facilities, and their age.
//
// The secrets file is a JSON object from facility to secret, {"web-frontend": "s3cret"}; both are
// strings and not empty. A facility that is not in it has the common secret when there is one, and
// otherwise none: its events are refused, after the same work as others.
//
// The replay window only bounds how old (or how far ahead) a signed timestamp may be: within it, a
// copy of a signed event passes again. 0 turns it off, for clients that send late.
//
// Threading: any number of threads after construction. The clock is borrowed.
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/auth/logger_signature.h"

namespace ox {

struct LoggerSecrets {
  std::string common;  // "": none
  std::unordered_map<std::string, std::string> by_facility;

  bool empty() const { return common.empty() && by_facility.empty(); }
};

// Of a secrets file. Errors: kInvalid, naming the facility; never citing a secret. A file without a
// facility is an error, as is one that names a facility twice.
Result<std::unordered_map<std::string, std::string>> parse_logger_secrets(std::string_view json);

class LoggerVerifier {
 public:
  enum class Verdict {
    kAccepted,
    kWrong,        // not what this facility's secret makes of the event
    kOutOfWindow,  // rightly signed, but too old or too far ahead
  };

  // max_skew: 0 for no window; at most kMaxSkew.
  LoggerVerifier(LoggerSecrets secrets, Micros max_skew, const Clock& clock);
  static constexpr Micros kMaxSkew = std::chrono::hours(24 * 366);

  // `time` is what the event's timestamp means, nothing when that could not be told (then outside
  // of every window). `body` is looked at for v2 only. Costs microseconds, and for v2 a pass over
  // the body.
  Verdict check(const LoggerSignature& signature, const SignedEvent& event, std::string_view body,
                std::optional<WallTime> time) const;

 private:
  const LoggerSecrets secrets_;
  const Micros max_skew_;
  const Clock& clock_;
};

}  // namespace ox
