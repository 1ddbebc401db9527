#include "common/http/auth/auth_settings.h"

#include <cstdlib>

namespace ox {

AuthSettings AuthSettings::from_environment(
    const std::function<std::optional<std::string>(const char*)>& variable) {
  AuthSettings settings;
  auto take = [&](const char* name, std::string& into) {
    auto value = variable(name);
    if (value && !value->empty()) into = std::move(*value);
  };
  take("CHRONOLOGER_USERNAME", settings.user_name);
  take("CHRONOLOGER_PASSWORD", settings.password);
  take("CHRONOLOGER_ROLES", settings.roles);
  take("CHRONOLOGER_AUTHFILE", settings.user_file);
  take("AUTH_TOKEN", settings.pbu_token);
  take("OX_HTTP_TOKEN", settings.token);
  take("OX_HTTP_TOKEN_FILE", settings.token_file);
  take("OX_HTTP_ALLOW", settings.allow);
  take("LOGGER_AUTH", settings.logger_auth);
  take("LOGGER_SECRET", settings.logger_secret);
  take("LOGGER_SECRETS", settings.logger_secrets_file);
  take("LOGGER_MAX_SKEW", settings.logger_max_skew);
  take("LOGGER_ALLOW", settings.logger_allow);
  return settings;
}

AuthSettings AuthSettings::from_environment() {
  return from_environment([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  });
}

}  // namespace ox
