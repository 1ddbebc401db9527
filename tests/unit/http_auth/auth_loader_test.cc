#include "common/http/auth/auth_loader.h"

#include <map>

#include <doctest/doctest.h>

#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/http_auth/auth_files.h"
#include "tests/unit/http_auth/written_file.h"

namespace ox {

static Result<std::shared_ptr<const AuthPolicy>> load(const AuthSettings& settings) {
  static const FakeClock clock;
  return load_auth_policy(settings, FileSystem::real(), clock);
}

static std::string complaint_of(const AuthSettings& settings) {
  auto policy = load(settings);
  REQUIRE_FALSE(policy.ok());
  CHECK(policy.status().message().find('\n') == std::string::npos);
  CHECK(policy.status().message().find("s3cret") == std::string::npos);
  return policy.status().message();
}

TEST_CASE("settings come from the environment, and empty variables count as not set") {
  std::map<std::string, std::string> environment = {
      {"CHRONOLOGER_USERNAME", "u"}, {"CHRONOLOGER_PASSWORD", "p"}, {"CHRONOLOGER_ROLES", ""},
      {"CHRONOLOGER_AUTHFILE", "f"}, {"AUTH_TOKEN", "t"},           {"OX_HTTP_TOKEN", "o"},
      {"OX_HTTP_TOKEN_FILE", "of"},  {"OX_HTTP_ALLOW", "::1"},      {"LOGGER_AUTH", "hmac"},
      {"LOGGER_SECRET", "s"},        {"LOGGER_SECRETS", "sf"},      {"LOGGER_MAX_SKEW", "5m"},
      {"LOGGER_ALLOW", "10.0.0.0/8"}};
  AuthSettings settings =
      AuthSettings::from_environment([&](const char* name) -> std::optional<std::string> {
        auto it = environment.find(name);
        if (it == environment.end()) return std::nullopt;
        return it->second;
      });
  CHECK(settings.user_name == "u");
  CHECK(settings.password == "p");
  CHECK(settings.roles == "basic-reader query-reader writer");
  CHECK(settings.user_file == "f");
  CHECK(settings.pbu_token == "t");
  CHECK(settings.token == "o");
  CHECK(settings.token_file == "of");
  CHECK(settings.allow == "::1");
  CHECK(settings.logger_auth == "hmac");
  CHECK(settings.logger_secret == "s");
  CHECK(settings.logger_secrets_file == "sf");
  CHECK(settings.logger_max_skew == "5m");
  CHECK(settings.logger_allow == "10.0.0.0/8");

  settings = AuthSettings::from_environment([](const char*) { return std::nullopt; });
  CHECK(settings.user_name == "logger");
  CHECK(settings.password.empty());
  CHECK(settings.logger_auth.empty());
}

TEST_CASE("without any setting there is a policy without a warning") {
  auto policy = load({});
  REQUIRE(policy.ok());
  CHECK(policy.value()->warnings().empty());
  CHECK(policy.value()->logger_verifier() == nullptr);
}

TEST_CASE("every kind of setting is taken") {
  TemporaryDirectory directory;
  AuthSettings settings;
  settings.user_file = written_file(directory / "users", kUserFile);
  settings.token_file = written_file(directory / "tokens", "alpha admin\n");
  settings.token = "beta";
  settings.pbu_token = "gamma";
  settings.allow = "127.0.0.0/8";
  settings.logger_auth = "HMAC, basic ip";
  settings.logger_secrets_file = written_file(directory / "secrets", R"({"web":"s3cret"})");
  settings.logger_max_skew = "5m";
  settings.logger_allow = "127.0.0.1";
  auto policy = load(settings);
  REQUIRE(policy.ok());
  CHECK(policy.value()->warnings().empty());
  CHECK(policy.value()->logger_verifier() != nullptr);
  for (Api api : {Api::kRecord, Api::kEventlog, Api::kPbu, Api::kOther})
    CHECK(policy.value()->protection(api) == Protection::kSecret);
}

TEST_CASE("a user file that everybody may read is warned of; the same of secrets is refused") {
  TemporaryDirectory directory;
  AuthSettings settings;
  settings.user_file = written_file(directory / "users", kUserFile, 0644);
  auto policy = load(settings);
  REQUIRE(policy.ok());
  REQUIRE(policy.value()->warnings().size() == 1);
  CHECK(policy.value()->warnings()[0] == "CHRONOLOGER_AUTHFILE: " + settings.user_file +
                                             ": everybody may read it (mode 0644): chmod o-r it");

  settings = {};
  settings.token_file = written_file(directory / "tokens", "s3cret\n", 0644);
  CHECK(complaint_of(settings) == "OX_HTTP_TOKEN_FILE: " + settings.token_file +
                                      ": everybody may read it (mode 0644): chmod o-r it");
  settings = {};
  settings.logger_auth = "hmac";
  settings.logger_secrets_file = written_file(directory / "secrets", R"({"web":"s3cret"})", 0604);
  CHECK(complaint_of(settings) == "LOGGER_SECRETS: " + settings.logger_secrets_file +
                                      ": everybody may read it (mode 0604): chmod o-r it");
}

TEST_CASE("a file that cannot be used is named with its variable, its entry and its field") {
  TemporaryDirectory directory;
  AuthSettings settings;
  settings.user_file = directory / "none";
  CHECK(complaint_of(settings) ==
        "CHRONOLOGER_AUTHFILE: cannot open " + settings.user_file + ": No such file or directory");
  settings.user_file = written_file(
      directory / "users", R"([{"username":"bob","pbkdf2":"00","hashname":"sha1","roles":[]}])");
  CHECK(complaint_of(settings) ==
        "CHRONOLOGER_AUTHFILE: " + settings.user_file + ": entry 1 (\"bob\"): \"salt\" is missing");
  settings = {};
  settings.token_file = written_file(directory / "tokens", "my s3cret\n");
  CHECK(complaint_of(settings).starts_with("OX_HTTP_TOKEN_FILE: " + settings.token_file +
                                           ": line 1: word 2 is no role"));
  settings = {};
  settings.logger_auth = "hmac";
  settings.logger_secrets_file = written_file(directory / "secrets", R"({"web":""})");
  CHECK(complaint_of(settings) == "LOGGER_SECRETS: " + settings.logger_secrets_file +
                                      ": facility \"web\": the secret is empty");
}

TEST_CASE("settings that are wrong in themselves are named by variable") {
  auto with = [](std::string AuthSettings::*setting, const char* value) {
    AuthSettings settings;
    settings.*setting = value;
    return complaint_of(settings);
  };
  CHECK(with(&AuthSettings::user_name, "a:b") == "CHRONOLOGER_USERNAME: has a colon in it");
  CHECK(with(&AuthSettings::roles, "writer root") ==
        "CHRONOLOGER_ROLES: \"root\" is no role (there are basic-reader, query-reader, writer, "
        "admin)");
  CHECK(with(&AuthSettings::token, " ") == "OX_HTTP_TOKEN: the token is empty");
  CHECK(with(&AuthSettings::pbu_token, "s3cret\n!") ==
        "AUTH_TOKEN: the token has a character that is not visible ASCII");
  CHECK(with(&AuthSettings::allow, "10.0.0.1/8") ==
        "OX_HTTP_ALLOW: \"10.0.0.1/8\" has bits set behind its prefix; the network is 10.0.0.0/8");
  CHECK(with(&AuthSettings::logger_allow, "x") ==
        "LOGGER_ALLOW: \"x\" is neither an IP address nor a network like 10.0.0.0/8");
}

TEST_CASE("a token that is in the file and in the environment is refused") {
  TemporaryDirectory directory;
  AuthSettings settings;
  settings.token_file = written_file(directory / "tokens", "s3cret admin\n");
  settings.token = "s3cret";
  CHECK(complaint_of(settings) == "OX_HTTP_TOKEN: the token stands there twice");
}

TEST_CASE("a Logger configuration that protects less than it seems to is refused") {
  struct Row {
    const char* auth;
    const char* secret;
    const char* skew;
    const char* allow;
    const char* complaint;
  };
  const Row rows[] = {
      {"hmac", "", "", "", "LOGGER_AUTH: hmac needs LOGGER_SECRET or LOGGER_SECRETS"},
      {"basic,hmac", "", "", "", "LOGGER_AUTH: hmac needs LOGGER_SECRET or LOGGER_SECRETS"},
      {"none", "s3cret", "", "",
       "LOGGER_AUTH: there is a secret, but hmac is not among the methods"},
      {"basic", "s3cret", "", "",
       "LOGGER_AUTH: there is a secret, but hmac is not among the methods"},
      {"basic", "", "5m", "",
       "LOGGER_AUTH: LOGGER_MAX_SKEW is set, but hmac is not among the methods"},
      {"", "", "5m", "", "LOGGER_AUTH: LOGGER_MAX_SKEW is set, but nothing is signed"},
      {"ip", "", "", "", "LOGGER_AUTH: ip needs LOGGER_ALLOW or OX_HTTP_ALLOW"},
      {"basic", "", "", "::1", "LOGGER_AUTH: LOGGER_ALLOW is set, but ip is not among the methods"},
      {"none,hmac", "s3cret", "", "", "LOGGER_AUTH: \"none\" does not go together with others"},
      {"hmca", "s3cret", "", "", "LOGGER_AUTH: \"hmca\" is none of none, hmac, basic, ip"},
      {" ", "", "", "", "LOGGER_AUTH: names no method"},
      {"hmac", "s3cret", "367d", "", "LOGGER_MAX_SKEW: is not from 0 to 366d"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.auth);
    AuthSettings settings;
    settings.logger_auth = row.auth;
    settings.logger_secret = row.secret;
    settings.logger_max_skew = row.skew;
    settings.logger_allow = row.allow;
    CHECK(complaint_of(settings) == row.complaint);
  }
  AuthSettings settings;
  settings.logger_secret = "s3cret";
  settings.logger_max_skew = "-1";
  CHECK(complaint_of(settings).starts_with("LOGGER_MAX_SKEW: "));
}

TEST_CASE("a secret or a list of addresses alone says what LOGGER_AUTH is") {
  AuthSettings settings;
  settings.logger_secret = "s3cret";
  auto policy = load(settings);
  REQUIRE(policy.ok());
  CHECK(policy.value()->logger_verifier() != nullptr);
  CHECK(policy.value()->protection(Api::kEventlog) == Protection::kSecret);

  settings = {};
  settings.logger_allow = "10.0.0.0/8";
  policy = load(settings);
  REQUIRE(policy.ok());
  CHECK(policy.value()->protection(Api::kEventlog) == Protection::kAddresses);
}

}  // namespace ox
