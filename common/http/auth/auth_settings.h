#pragma once
// What an administrator says of authentication, as text: read from the environment, and from
// options that name files. Nothing is checked here but that it can be read; auth_loader.h makes an
// AuthPolicy of it and says what is wrong.
//
//   variable               default   what it is
//   CHRONOLOGER_USERNAME   logger    the one user of the record API ...
//   CHRONOLOGER_PASSWORD   empty     ... whose password is compared; empty is for loopback only
//   CHRONOLOGER_ROLES      basic-reader query-reader writer
//   CHRONOLOGER_AUTHFILE             user file (user_file.h); the three above then do not count
//   AUTH_TOKEN                       the token of the PBU API; empty is as good as not set
//   OX_HTTP_TOKEN                    a writer's token for every API that takes tokens
//   OX_HTTP_TOKEN_FILE               more of them, with roles (token_table.h)
//   OX_HTTP_ALLOW                    addresses that may use any API (ip_allow_list.h)
//   LOGGER_AUTH                      none, or a list of hmac, basic, ip that must all pass; not
//                                    set, it is hmac when there is a secret
//   LOGGER_SECRET                    the secret of every facility without one of its own
//   LOGGER_SECRETS                   secrets by facility: a JSON file (logger_verifier.h)
//   LOGGER_MAX_SKEW        0         how far off a signed timestamp may be, "5m"; 0: any
//   LOGGER_ALLOW                     addresses that may use the Logger API
//
// A variable that is set to nothing counts as not set. The values are secrets: never log them.
#include <functional>
#include <optional>
#include <string>

namespace ox {

struct AuthSettings {
  std::string user_name = "logger";
  std::string password;
  std::string roles = "basic-reader query-reader writer";
  std::string user_file;  // path

  std::string pbu_token;
  std::string token;
  std::string token_file;  // path
  std::string allow;

  std::string logger_auth;
  std::string logger_secret;
  std::string logger_secrets_file;  // path
  std::string logger_max_skew;
  std::string logger_allow;

  // `variable` gives the value of an environment variable, or nothing.
  static AuthSettings from_environment(
      const std::function<std::optional<std::string>(const char*)>& variable);
  // From the environment of this process: not while another thread changes it.
  static AuthSettings from_environment();
};

}  // namespace ox
