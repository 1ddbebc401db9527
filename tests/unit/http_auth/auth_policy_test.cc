#include "common/http/auth/auth_policy.h"

#include <doctest/doctest.h>

#include "common/http/auth/auth_loader.h"
#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/http_auth/auth_files.h"
#include "tests/unit/http_auth/logger_event.h"
#include "tests/unit/http_auth/written_file.h"

namespace ox {

using Outcome = AuthDecision::Outcome;

static std::shared_ptr<const AuthPolicy> policy_of(const AuthSettings& settings) {
  static const FakeClock clock;
  auto policy = load_auth_policy(settings, FileSystem::real(), clock);
  REQUIRE_MESSAGE(policy.ok(), policy.status().message());
  return std::move(policy).value();
}

static AuthRequest with(std::string_view authorization) {
  return {.peer = "127.0.0.1", .authorization = authorization};
}

TEST_CASE("the record API takes Basic credentials, always") {
  auto policy = policy_of({});
  AuthDecision decision = policy->decide(Api::kRecord, with(""));
  CHECK(decision.http_status() == 401);
  CHECK(decision.challenge == "Basic realm=\"Chronologer\"");
  CHECK(decision.reason == "credentials are missing");
  CHECK(policy->decide(Api::kRecord, with("Bearer x")).http_status() == 401);
  CHECK(policy->decide(Api::kRecord, with("Basic !")).http_status() == 400);
  CHECK(policy->decide(Api::kRecord, with(kLoggerSecret)).http_status() == 401);

  decision = policy->decide(Api::kRecord, with(kLoggerEmpty));
  CHECK(decision.outcome == Outcome::kAllowed);
  CHECK(decision.http_status() == 0);
  CHECK(decision.user == "logger");
  CHECK(decision.roles.to_string() == "basic-reader query-reader writer");
}

TEST_CASE("the roles of the one user are those that are set") {
  AuthSettings settings;
  settings.password = "s3cret";
  settings.roles = "basic-reader";
  AuthDecision decision = policy_of(settings)->decide(Api::kRecord, with(kLoggerSecret));
  CHECK(decision.outcome == Outcome::kAllowed);
  CHECK(decision.roles.has(Role::kBasicReader));
  CHECK_FALSE(decision.roles.has(Role::kQueryReader));
  CHECK(policy_of(settings)->decide(Api::kRecord, with(kLoggerEmpty)).http_status() == 401);
}

TEST_CASE("with a user file, the user of the environment is nobody") {
  TemporaryDirectory directory;
  AuthSettings settings;
  settings.password = "s3cret";
  settings.user_file = written_file(directory / "users", kUserFile);
  auto policy = policy_of(settings);
  CHECK(policy->decide_quickly(Api::kRecord, with(kBobObo)).outcome == Outcome::kNeedsStretching);
  CHECK(policy->decide_quickly(Api::kRecord, with(kBobObo)).http_status() == 0);
  AuthDecision bob = policy->decide(Api::kRecord, with(kBobObo));
  CHECK(bob.outcome == Outcome::kAllowed);
  CHECK(bob.roles.has(Role::kWriter));
  CHECK_FALSE(bob.roles.has(Role::kBasicReader));
  CHECK(policy->decide_quickly(Api::kRecord, with(kBobObo)).outcome == Outcome::kAllowed);
  AuthDecision obo = policy->decide(Api::kRecord, with(kOboBob));
  CHECK(obo.roles.has(Role::kBasicReader));
  CHECK_FALSE(obo.roles.has(Role::kWriter));
  AuthDecision wrong = policy->decide(Api::kRecord, with(kBobBob));
  CHECK(wrong.http_status() == 401);
  CHECK(wrong.reason == "the user name or the password is wrong");
  AuthDecision nobody = policy->decide(Api::kRecord, with(kLoggerSecret));
  CHECK(nobody.http_status() == 401);
  CHECK(nobody.reason == wrong.reason);
  CHECK(policy->decide(Api::kRecord, with(kLoggerEmpty)).http_status() == 401);
}

TEST_CASE("without credentials set up, all but the record API is open") {
  auto policy = policy_of({});
  for (Api api : {Api::kEventlog, Api::kPbu, Api::kOther}) {
    AuthDecision decision = policy->decide(api, with(""));
    CHECK(decision.outcome == Outcome::kAllowed);
    CHECK(decision.roles == Roles::all());
    CHECK(decision.user.empty());
    CHECK(policy->decide(api, with("Basic !")).outcome == Outcome::kAllowed);
  }
}

TEST_CASE("PBU's token comes in either header, raw or behind a scheme") {
  AuthSettings settings;
  settings.pbu_token = "t";
  auto policy = policy_of(settings);
  CHECK(policy->decide(Api::kPbu, with("")).http_status() == 401);
  CHECK(policy->decide(Api::kPbu, with("x")).http_status() == 401);
  for (const char* value : {"t", "Bearer t", "Token t"}) {
    CAPTURE(value);
    AuthDecision decision = policy->decide(Api::kPbu, with(value));
    CHECK(decision.outcome == Outcome::kAllowed);
    CHECK(decision.roles.has(Role::kWriter));
    CHECK(decision.roles.has(Role::kBasicReader));
    CHECK_FALSE(decision.roles.has(Role::kAdmin));
    AuthRequest request = with("");
    request.authentication = value;
    CHECK(policy->decide(Api::kPbu, request).outcome == Outcome::kAllowed);
    request.authorization = "something else";
    CHECK(policy->decide(Api::kPbu, request).outcome == Outcome::kAllowed);
  }
  // It is no key to anything else, and closes nothing else.
  CHECK(policy->decide(Api::kOther, with("")).outcome == Outcome::kAllowed);
  CHECK(policy->decide(Api::kRecord, with("t")).http_status() == 401);
}

TEST_CASE("tokens close every API that takes tokens") {
  TemporaryDirectory directory;
  AuthSettings settings;
  settings.token = "t";
  settings.token_file = written_file(directory / "tokens", "u admin\n");
  auto policy = policy_of(settings);
  for (Api api : {Api::kEventlog, Api::kPbu, Api::kOther}) {
    CHECK(policy->decide(api, with("")).http_status() == 401);
    CHECK(policy->decide(api, with("")).challenge == "Basic realm=\"oxd\", Bearer realm=\"oxd\"");
    CHECK(policy->decide(api, with("Bearer x")).reason == "the credentials are wrong");
    CHECK(policy->decide(api, with("Basic !")).http_status() == 400);
    AuthDecision decision = policy->decide(api, with("Bearer t"));
    CHECK(decision.outcome == Outcome::kAllowed);
    CHECK(decision.roles.to_string() == "writer");
    CHECK(policy->decide(api, with("Splunk u")).roles.to_string() == "admin");
    CHECK(policy->decide(api, with("Basic eDp0")).outcome == Outcome::kAllowed);  // x:t
    CHECK(policy->decide(api, with("Basic dDp4")).http_status() == 401);          // t:x
    // The user without a password is not one of those who may come in here.
    CHECK(policy->decide(api, with(kLoggerEmpty)).http_status() == 401);
  }
  CHECK(policy->decide(Api::kRecord, with("Bearer t")).http_status() == 401);
}

TEST_CASE("users with a password close the other APIs too, and may use them") {
  AuthSettings settings;
  settings.password = "s3cret";
  auto policy = policy_of(settings);
  for (Api api : {Api::kEventlog, Api::kPbu, Api::kOther}) {
    CHECK(policy->decide(api, with("")).http_status() == 401);
    CHECK(policy->decide(api, with("")).challenge == "Basic realm=\"oxd\"");
    CHECK(policy->decide(api, with(kLoggerEmpty)).http_status() == 401);
    CHECK(policy->decide(api, with(kLoggerSecret)).outcome == Outcome::kAllowed);
    CHECK(policy->decide(api, with(kLoggerSecret)).user == "logger");
  }
}

TEST_CASE("Logger's hmac asks POSTs for a signature, and everything else for credentials") {
  AuthSettings settings;
  settings.logger_auth = "hmac";
  settings.logger_secret = "s3cret";
  auto policy = policy_of(settings);
  AuthDecision post = policy->decide(Api::kEventlog, with(""));
  CHECK(post.outcome == Outcome::kNeedsSignature);
  CHECK(post.http_status() == 0);
  CHECK(post.roles.to_string() == "writer");
  auto signature = LoggerSignature::from_headers("v2=" + std::string(kLoggerV2), "");
  REQUIRE(signature.ok());
  REQUIRE(policy->logger_verifier() != nullptr);
  CHECK(policy->logger_verifier()->check(*signature, kLoggerEvent, kLoggerBody, {}) ==
        LoggerVerifier::Verdict::kAccepted);

  for (std::string_view method : {"DELETE", "GET", "post"}) {
    AuthRequest request = with(kLoggerEmpty);
    request.method = method;
    CHECK(policy->decide(Api::kEventlog, request).http_status() == 401);
  }
  settings.token = "t";
  policy = policy_of(settings);
  AuthRequest request = with("Bearer t");
  request.method = "DELETE";
  CHECK(policy->decide(Api::kEventlog, request).outcome == Outcome::kAllowed);
  CHECK_FALSE(policy->decide(Api::kEventlog, request).roles.has(Role::kAdmin));
}

TEST_CASE("Logger's methods must all pass") {
  AuthSettings settings;
  settings.password = "s3cret";
  settings.logger_auth = "basic,hmac,ip";
  settings.logger_secret = "s3cret";
  settings.logger_allow = "10.0.0.0/8";
  auto policy = policy_of(settings);
  AuthRequest request = with(kLoggerSecret);
  CHECK(policy->decide(Api::kEventlog, request).http_status() == 403);
  request.peer = "::ffff:10.1.1.1";
  CHECK(policy->decide(Api::kEventlog, request).outcome == Outcome::kNeedsSignature);
  CHECK(policy->decide(Api::kEventlog, request).user == "logger");
  request.method = "DELETE";
  CHECK(policy->decide(Api::kEventlog, request).outcome == Outcome::kAllowed);
  request.authorization = kLoggerEmpty;
  CHECK(policy->decide(Api::kEventlog, request).http_status() == 401);
  CHECK(policy->decide(Api::kEventlog, request).challenge == "Basic realm=\"Logger\"");
  request.method = "POST";
  CHECK(policy->decide(Api::kEventlog, request).http_status() == 401);
  // The list is Logger's own.
  CHECK(policy->decide(Api::kRecord, with(kLoggerSecret)).outcome == Outcome::kAllowed);
}

TEST_CASE("Logger's ip alone lets those addresses do everything; none lets everybody") {
  AuthSettings settings;
  settings.logger_auth = "ip";
  settings.logger_allow = "10.0.0.1";
  AuthRequest request = with("");
  CHECK(policy_of(settings)->decide(Api::kEventlog, request).http_status() == 403);
  request.peer = "10.0.0.1";
  CHECK(policy_of(settings)->decide(Api::kEventlog, request).roles == Roles::all());

  settings = {};
  settings.token = "t";
  settings.logger_auth = "none";
  CHECK(policy_of(settings)->decide(Api::kEventlog, with("")).outcome == Outcome::kAllowed);
  CHECK(policy_of(settings)->decide(Api::kOther, with("")).http_status() == 401);
}

TEST_CASE("the list of addresses is looked at before anything else, for every API") {
  AuthSettings settings;
  settings.allow = "10.0.0.0/8";
  auto policy = policy_of(settings);
  for (Api api : {Api::kRecord, Api::kEventlog, Api::kPbu, Api::kOther}) {
    for (const char* peer : {"127.0.0.1", "", "10.0.0.1, 127.0.0.1"}) {
      AuthRequest request = with(kLoggerEmpty);
      request.peer = peer;
      AuthDecision decision = policy->decide(api, request);
      CHECK(decision.http_status() == 403);
      CHECK(decision.reason == "this address is not among those allowed");
    }
    AuthRequest request = with(kLoggerEmpty);
    request.peer = "10.0.0.1";
    CHECK(policy->decide(api, request).outcome == Outcome::kAllowed);
  }
}

}  // namespace ox
