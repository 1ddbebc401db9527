#include "common/http/auth/logger_verifier.h"

#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "common/http/auth/words.h"

namespace ox {

Result<std::unordered_map<std::string, std::string>> parse_logger_secrets(std::string_view text) {
  namespace json = simdjson::dom;
  auto wrong = [](std::string message) { return Status(Code::kInvalid, std::move(message)); };
  json::parser parser;
  json::element root;
  if (auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS)
    return wrong(fmt::format("is not JSON: {}", simdjson::error_message(error)));
  json::object object;
  if (root.get(object) != simdjson::SUCCESS)
    return wrong("is not a JSON object from facility to secret");
  std::unordered_map<std::string, std::string> secrets;
  for (json::key_value_pair pair : object) {
    std::string_view secret;
    if (pair.key.empty()) return wrong("has a secret for a facility without a name");
    const std::string where = fmt::format("facility {}", quoted_name(pair.key));
    if (pair.value.get(secret) != simdjson::SUCCESS)
      return wrong(where + ": the secret is not a string");
    if (secret.empty()) return wrong(where + ": the secret is empty");
    if (!secrets.emplace(pair.key, secret).second) return wrong(where + " stands twice");
  }
  if (secrets.empty()) return wrong("has no facility in it");
  return secrets;
}

LoggerVerifier::LoggerVerifier(LoggerSecrets secrets, Micros max_skew, const Clock& clock)
    : secrets_(std::move(secrets)), max_skew_(max_skew), clock_(clock) {
  OX_CHECK(max_skew_ >= Micros(0) && max_skew_ <= kMaxSkew);
}

LoggerVerifier::Verdict LoggerVerifier::check(const LoggerSignature& signature,
                                              const SignedEvent& event, std::string_view body,
                                              std::optional<WallTime> time) const {
  if (!signable(event)) return Verdict::kWrong;
  auto own = secrets_.by_facility.find(std::string(event.facility));
  std::string_view secret = secrets_.common;
  if (own != secrets_.by_facility.end()) secret = own->second;
  Digest expected = signature.version == LoggerSignature::Version::kV1
                        ? sign_v1(secret, event)
                        : sign_v2(secret, event, body);
  // Without a secret, everybody could make this signature: it was only made for the time it takes.
  bool right = equal_in_constant_time(expected, signature.digest) && !secret.empty();
  if (!right) return Verdict::kWrong;
  if (max_skew_ == Micros(0)) return Verdict::kAccepted;
  WallTime now = clock_.wall();
  if (!time || *time < now - max_skew_ || *time > now + max_skew_) return Verdict::kOutOfWindow;
  return Verdict::kAccepted;
}

}  // namespace ox
