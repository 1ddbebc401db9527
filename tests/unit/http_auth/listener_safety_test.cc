#include "common/http/auth/listener_safety.h"

#include <doctest/doctest.h>

#include "common/http/auth/auth_loader.h"

namespace ox {

static constexpr Api kAll[] = {Api::kRecord, Api::kEventlog, Api::kPbu, Api::kOther};

static Result<std::vector<std::string>> check(const AuthSettings& settings, std::string_view at,
                                              std::span<const Api> apis = kAll, bool tls = true,
                                              bool insecure = false) {
  static const FakeClock clock;
  auto policy = load_auth_policy(settings, FileSystem::real(), clock);
  REQUIRE_MESSAGE(policy.ok(), policy.status().message());
  auto address = Address::parse(at, 8080);
  REQUIRE(address.ok());
  return check_listener(*policy.value(), {*address, tls}, apis, insecure);
}

static AuthSettings safe_settings() {
  AuthSettings settings;
  settings.password = "s3cret";
  return settings;
}

TEST_CASE("on loopback everything is safe, Chronologer's default user too") {
  for (const char* at : {"127.0.0.1", "localhost", "[::1]", "127.1.2.3", "ipc:///run/x", "off"}) {
    CAPTURE(at);
    auto warnings = check({}, at, kAll, false);
    REQUIRE(warnings.ok());
    CHECK(warnings->empty());
  }
}

TEST_CASE("beyond loopback, what is not protected is named with what would protect it") {
  for (std::string at : {"*", "0.0.0.0", "10.0.0.1", "log-master", "[::]"}) {
    CAPTURE(at);
    auto warnings = check({}, at);
    REQUIRE_FALSE(warnings.ok());
    CHECK(warnings.status().code() == Code::kInvalid);
    CHECK(warnings.status().message() ==
          at +
              ":8080: beyond loopback, the record API takes an empty password, the eventlog API is "
              "open, the PBU API is open, every event API is open (set CHRONOLOGER_PASSWORD or "
              "CHRONOLOGER_AUTHFILE; LOGGER_AUTH=hmac with a secret, or basic with a password; "
              "AUTH_TOKEN; OX_HTTP_TOKEN or OX_HTTP_TOKEN_FILE; or say --insecure)");
  }
}

TEST_CASE("only the APIs that are mounted count") {
  AuthSettings settings;
  settings.pbu_token = "t";
  const Api pbu[] = {Api::kPbu};
  const Api both[] = {Api::kPbu, Api::kOther};
  CHECK(check(settings, "*", pbu).ok());
  CHECK_FALSE(check(settings, "*", both).ok());
}

TEST_CASE("a password is enough for all APIs") {
  auto warnings = check(safe_settings(), "*");
  REQUIRE(warnings.ok());
  CHECK(warnings->empty());
}

TEST_CASE("without TLS there is a warning that secrets can be read on the way") {
  auto warnings = check(safe_settings(), "*", kAll, false);
  REQUIRE(warnings.ok());
  REQUIRE(warnings->size() == 1);
  CHECK(warnings->front() ==
        "*:8080: without TLS, passwords, tokens and events can be read on the way");
}

TEST_CASE("insecure allows everything, loudly") {
  auto warnings = check({}, "*", kAll, true, true);
  REQUIRE(warnings.ok());
  REQUIRE(warnings->size() == 1);
  CHECK(
      warnings->front().starts_with("*:8080: anybody may come in: the record API takes an empty"));
  warnings = check(safe_settings(), "*", kAll, true, true);
  REQUIRE(warnings.ok());
  CHECK(warnings->empty());
}

TEST_CASE("addresses alone, and hmac beside an empty password, are not enough") {
  const Api eventlog[] = {Api::kEventlog};
  AuthSettings settings;
  settings.logger_allow = "10.0.0.0/8";
  CHECK(check(settings, "*", eventlog)
            .status()
            .message()
            .find("the eventlog API only looks at addresses") != std::string::npos);
  settings = {};
  settings.allow = "10.0.0.0/8";
  CHECK_FALSE(check(settings, "*", eventlog).ok());
  settings = {};
  settings.logger_auth = "none";
  settings.password = "s3cret";
  CHECK_FALSE(check(settings, "*", eventlog).ok());
  settings = {};
  settings.logger_auth = "basic";
  CHECK_FALSE(check(settings, "*", eventlog).ok());
  settings.logger_auth = "basic,hmac";
  settings.logger_secret = "s3cret";
  CHECK_FALSE(check(settings, "*", eventlog).ok());
  settings.password = "s3cret";
  CHECK(check(settings, "*", eventlog).ok());
  settings = {};
  settings.logger_secret = "s3cret";
  CHECK(check(settings, "*", eventlog).ok());
}

}  // namespace ox
