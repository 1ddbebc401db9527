#include "common/http/auth/auth_loader.h"

#include <utility>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/http/auth/secret_file.h"
#include "common/http/auth/user_file.h"
#include "common/http/auth/words.h"

namespace ox {
namespace {

// A file's text; what there is to say of its rights goes to `warnings`.
Result<std::string> read(FileSystem& fs, std::string_view variable, const std::string& path,
                         Contents contents, std::vector<std::string>& warnings) {
  auto file = read_secret_file(fs, path, contents);
  if (!file.ok()) return file.status().at(variable);
  if (!file->warning.empty()) warnings.push_back(fmt::format("{}: {}", variable, file->warning));
  return std::move(file->text);
}

Status load_users(const AuthSettings& settings, FileSystem& fs, const Clock& clock,
                  AuthParts& parts) {
  if (!settings.user_file.empty()) {
    OX_ASSIGN_OR_RETURN(std::string text, read(fs, "CHRONOLOGER_AUTHFILE", settings.user_file,
                                               Contents::kStretchedPasswords, parts.warnings));
    auto users = parse_user_file(text);
    if (!users.ok()) return users.status().at(settings.user_file).at("CHRONOLOGER_AUTHFILE");
    parts.users = Users::stretched(std::move(users.value()), {}, clock);
    return ok_status();
  }
  if (settings.user_name.find(':') != std::string::npos)
    return Status(Code::kInvalid, "CHRONOLOGER_USERNAME: has a colon in it");
  auto roles = Roles::parse(settings.roles);
  if (!roles.ok()) return roles.status().at("CHRONOLOGER_ROLES");
  parts.users = Users::single(settings.user_name, settings.password, *roles);
  return ok_status();
}

Status load_tokens(const AuthSettings& settings, FileSystem& fs, AuthParts& parts) {
  if (!settings.token_file.empty()) {
    OX_ASSIGN_OR_RETURN(std::string text, read(fs, "OX_HTTP_TOKEN_FILE", settings.token_file,
                                               Contents::kSecrets, parts.warnings));
    auto tokens = TokenTable::parse(text);
    if (!tokens.ok()) return tokens.status().at(settings.token_file).at("OX_HTTP_TOKEN_FILE");
    parts.tokens = std::move(tokens.value());
  }
  if (!settings.token.empty())
    OX_RETURN_IF_ERROR(
        parts.tokens.add(settings.token, Roles().add(Role::kWriter)).at("OX_HTTP_TOKEN"));
  if (!settings.pbu_token.empty()) {
    // Its one token is for reading as well, as in PBU's own server.
    Roles roles = Roles().add(Role::kWriter).add(Role::kBasicReader).add(Role::kQueryReader);
    OX_RETURN_IF_ERROR(parts.pbu_tokens.add(settings.pbu_token, roles).at("AUTH_TOKEN"));
  }
  return ok_status();
}

Status load_list(std::string_view variable, const std::string& text,
                 std::optional<IpAllowList>& into) {
  if (text.empty()) return ok_status();
  auto list = IpAllowList::parse(text);
  if (!list.ok()) return list.status().at(variable);
  into = std::move(list.value());
  return ok_status();
}

// Nothing when LOGGER_AUTH says nothing.
Result<std::optional<LoggerMethods>> parse_methods(const std::string& text) {
  const auto words = words_of(text, ",");
  std::optional<LoggerMethods> methods;
  if (text.empty()) return methods;
  methods.emplace();
  bool none = false;
  for (std::string_view word : words) {
    if (equal_ignoring_case(word, "none")) {
      none = true;
    } else if (equal_ignoring_case(word, "hmac")) {
      methods->hmac = true;
    } else if (equal_ignoring_case(word, "basic")) {
      methods->basic = true;
    } else if (equal_ignoring_case(word, "ip")) {
      methods->ip = true;
    } else {
      return Status(Code::kInvalid, quoted_name(word) + " is none of none, hmac, basic, ip");
    }
  }
  if (words.empty()) return Status(Code::kInvalid, "names no method");
  if (none && words.size() > 1)
    return Status(Code::kInvalid, "\"none\" does not go together with others");
  return methods;
}

Result<LoggerSecrets> load_secrets(const AuthSettings& settings, FileSystem& fs,
                                   std::vector<std::string>& warnings) {
  LoggerSecrets secrets;
  secrets.common = settings.logger_secret;
  if (settings.logger_secrets_file.empty()) return secrets;
  OX_ASSIGN_OR_RETURN(std::string text, read(fs, "LOGGER_SECRETS", settings.logger_secrets_file,
                                             Contents::kSecrets, warnings));
  auto by_facility = parse_logger_secrets(text);
  if (!by_facility.ok())
    return by_facility.status().at(settings.logger_secrets_file).at("LOGGER_SECRETS");
  secrets.by_facility = std::move(by_facility.value());
  return secrets;
}

Result<Micros> parse_skew(const std::string& text) {
  if (text.empty()) return Micros(0);
  OX_ASSIGN_OR_RETURN(Micros skew, parse_duration(text));
  if (skew < Micros(0) || skew > LoggerVerifier::kMaxSkew)
    return Status(Code::kInvalid,
                  fmt::format("is not from 0 to {}", format_duration(LoggerVerifier::kMaxSkew)));
  return skew;
}

Status load_logger(const AuthSettings& settings, FileSystem& fs, const Clock& clock,
                   AuthParts& parts) {
  auto methods = parse_methods(settings.logger_auth);
  if (!methods.ok()) return methods.status().at("LOGGER_AUTH");
  parts.logger = *methods;
  OX_ASSIGN_OR_RETURN(LoggerSecrets secrets, load_secrets(settings, fs, parts.warnings));
  OX_RETURN_IF_ERROR(load_list("LOGGER_ALLOW", settings.logger_allow, parts.logger_allow));
  auto skew = parse_skew(settings.logger_max_skew);
  if (!skew.ok()) return skew.status().at("LOGGER_MAX_SKEW");

  auto wrong = [](std::string_view message) {
    return Status(Code::kInvalid, "LOGGER_AUTH: " + std::string(message));
  };
  if (!parts.logger && (!secrets.empty() || parts.logger_allow)) {
    parts.logger.emplace();
    parts.logger->hmac = !secrets.empty();
    parts.logger->ip = parts.logger_allow.has_value();
  }
  if (!parts.logger) {
    if (*skew != Micros(0)) return wrong("LOGGER_MAX_SKEW is set, but nothing is signed");
    return ok_status();
  }
  if (parts.logger->hmac && secrets.empty())
    return wrong("hmac needs LOGGER_SECRET or LOGGER_SECRETS");
  if (!parts.logger->hmac && !secrets.empty())
    return wrong("there is a secret, but hmac is not among the methods");
  if (!parts.logger->hmac && *skew != Micros(0))
    return wrong("LOGGER_MAX_SKEW is set, but hmac is not among the methods");
  if (parts.logger->ip && !parts.logger_allow && !parts.allow)
    return wrong("ip needs LOGGER_ALLOW or OX_HTTP_ALLOW");
  if (!parts.logger->ip && parts.logger_allow)
    return wrong("LOGGER_ALLOW is set, but ip is not among the methods");
  if (parts.logger->hmac) parts.logger_verifier.emplace(std::move(secrets), *skew, clock);
  return ok_status();
}

}  // namespace

Result<std::shared_ptr<const AuthPolicy>> load_auth_policy(const AuthSettings& settings,
                                                           FileSystem& fs, const Clock& clock) {
  AuthParts parts;
  OX_RETURN_IF_ERROR(load_users(settings, fs, clock, parts));
  OX_RETURN_IF_ERROR(load_tokens(settings, fs, parts));
  OX_RETURN_IF_ERROR(load_list("OX_HTTP_ALLOW", settings.allow, parts.allow));
  OX_RETURN_IF_ERROR(load_logger(settings, fs, clock, parts));
  return std::shared_ptr<const AuthPolicy>(std::make_shared<AuthPolicy>(std::move(parts)));
}

}  // namespace ox
