#include "common/http/auth/listener_safety.h"

#include <fmt/format.h>

namespace ox {
namespace {

std::string_view name_of(Api api) {
  switch (api) {
    case Api::kRecord:
      return "the record API";
    case Api::kEventlog:
      return "the eventlog API";
    case Api::kPbu:
      return "the PBU API";
    case Api::kOther:
      return "every event API";
  }
  return "";
}

std::string_view remedy(Api api) {
  switch (api) {
    case Api::kRecord:
      return "CHRONOLOGER_PASSWORD or CHRONOLOGER_AUTHFILE";
    case Api::kEventlog:
      return "LOGGER_AUTH=hmac with a secret, or basic with a password";
    case Api::kPbu:
      return "AUTH_TOKEN";
    case Api::kOther:
      return "OX_HTTP_TOKEN or OX_HTTP_TOKEN_FILE";
  }
  return "";
}

std::string_view lack(Protection protection) {
  switch (protection) {
    case Protection::kNone:
      return "is open";
    case Protection::kAddresses:
      return "only looks at addresses";
    case Protection::kEmptyPassword:
      return "takes an empty password";
    case Protection::kSecret:
      return "";
  }
  return "";
}

}  // namespace

Result<std::vector<std::string>> check_listener(const AuthPolicy& policy,
                                                const HttpListener& listener,
                                                std::span<const Api> apis, bool insecure) {
  std::vector<std::string> warnings;
  if (listener.address.off() || listener.address.loopback()) return warnings;
  const std::string where = listener.address.to_string();
  std::string lacks;
  std::string remedies;
  for (Api api : apis) {
    Protection protection = policy.protection(api);
    if (protection == Protection::kSecret) continue;
    lacks += fmt::format("{}{} {}", lacks.empty() ? "" : ", ", name_of(api), lack(protection));
    remedies += fmt::format("{}{}", remedies.empty() ? "" : "; ", remedy(api));
  }
  if (!lacks.empty()) {
    if (!insecure)
      return Status(Code::kInvalid,
                    fmt::format("{}: beyond loopback, {} (set {}; or say --insecure)", where, lacks,
                                remedies));
    warnings.push_back(fmt::format("{}: anybody may come in: {}", where, lacks));
  }
  if (!listener.tls)
    warnings.push_back(
        fmt::format("{}: without TLS, passwords, tokens and events can be read on the way", where));
  return warnings;
}

}  // namespace ox
