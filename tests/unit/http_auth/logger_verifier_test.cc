#include "common/http/auth/logger_verifier.h"

#include <doctest/doctest.h>

#include "tests/unit/http_auth/logger_event.h"

namespace ox {

using Verdict = LoggerVerifier::Verdict;

static LoggerSignature signature(std::string_view header) {
  auto found = LoggerSignature::from_headers(header, "");
  REQUIRE(found.ok());
  return *found;
}
static LoggerSignature v1() { return signature("sha256=" + std::string(kLoggerV1)); }
static LoggerSignature v2() { return signature("v2=" + std::string(kLoggerV2)); }

static LoggerSignature signed_with(std::string_view secret, const SignedEvent& event) {
  LoggerSignature out;
  out.digest = sign_v1(secret, event);
  return out;
}

TEST_CASE("right signatures are accepted, and others are not") {
  FakeClock clock;
  LoggerVerifier verifier({"s3cret", {}}, Micros(0), clock);
  CHECK(verifier.check(v1(), kLoggerEvent, kLoggerBody, {}) == Verdict::kAccepted);
  CHECK(verifier.check(v2(), kLoggerEvent, kLoggerBody, {}) == Verdict::kAccepted);
  // v1 leaves the body alone, v2 does not.
  std::string altered(kLoggerBody);
  altered[altered.size() - 3] = '8';
  CHECK(verifier.check(v1(), kLoggerEvent, altered, {}) == Verdict::kAccepted);
  CHECK(verifier.check(v2(), kLoggerEvent, altered, {}) == Verdict::kWrong);
  SignedEvent other = kLoggerEvent;
  other.level = "info";
  CHECK(verifier.check(v1(), other, kLoggerBody, {}) == Verdict::kWrong);
  CHECK(verifier.check(v2(), other, kLoggerBody, {}) == Verdict::kWrong);
  LoggerSignature swapped = v1();
  swapped.version = LoggerSignature::Version::kV2;
  CHECK(verifier.check(swapped, kLoggerEvent, kLoggerBody, {}) == Verdict::kWrong);
}

TEST_CASE("a facility's own secret counts, and the common one for all others") {
  FakeClock clock;
  LoggerVerifier verifier({"common", {{"web", "own"}}}, Micros(0), clock);
  const SignedEvent web{"web", "info", "1"};
  const SignedEvent db{"db", "info", "1"};
  CHECK(verifier.check(signed_with("own", web), web, "", {}) == Verdict::kAccepted);
  CHECK(verifier.check(signed_with("common", web), web, "", {}) == Verdict::kWrong);
  CHECK(verifier.check(signed_with("common", db), db, "", {}) == Verdict::kAccepted);
  CHECK(verifier.check(signed_with("own", db), db, "", {}) == Verdict::kWrong);
}

TEST_CASE("a facility without a secret is refused, even when signed with the empty one") {
  FakeClock clock;
  LoggerVerifier verifier({"", {{"web", "own"}}}, Micros(0), clock);
  const SignedEvent db{"db", "info", "1"};
  CHECK(verifier.check(signed_with("", db), db, "", {}) == Verdict::kWrong);
  CHECK(verifier.check(signed_with("own", db), db, "", {}) == Verdict::kWrong);
}

TEST_CASE("an event that could be divided in another way is refused, however it is signed") {
  FakeClock clock;
  LoggerVerifier verifier({"s", {}}, Micros(0), clock);
  const SignedEvent one{"a\nb", "c", "d"};
  const SignedEvent other{"a", "b\nc", "d"};
  REQUIRE(sign_v1("s", one) == sign_v1("s", other));
  CHECK(verifier.check(signed_with("s", one), one, "", {}) == Verdict::kWrong);
  CHECK(verifier.check(signed_with("s", one), other, "", {}) == Verdict::kWrong);
}

TEST_CASE("the window bounds the age of a signed timestamp on both sides") {
  FakeClock clock;
  LoggerVerifier verifier({"s3cret", {}}, Seconds(300), clock);
  auto check = [&](std::optional<WallTime> time) {
    return verifier.check(v1(), kLoggerEvent, "", time);
  };
  CHECK(check(clock.wall()) == Verdict::kAccepted);
  CHECK(check(clock.wall() - Seconds(300)) == Verdict::kAccepted);
  CHECK(check(clock.wall() + Seconds(300)) == Verdict::kAccepted);
  CHECK(check(clock.wall() - Seconds(300) - Micros(1)) == Verdict::kOutOfWindow);
  CHECK(check(clock.wall() + Seconds(300) + Micros(1)) == Verdict::kOutOfWindow);
  CHECK(check(std::nullopt) == Verdict::kOutOfWindow);
  CHECK(check(WallTime::min()) == Verdict::kOutOfWindow);
  CHECK(check(WallTime::max()) == Verdict::kOutOfWindow);
  WallTime then = clock.wall();
  clock.advance(Seconds(301));
  CHECK(check(then) == Verdict::kOutOfWindow);
}

TEST_CASE("outside the window, a wrong signature is still called wrong") {
  FakeClock clock;
  LoggerVerifier verifier({"other", {}}, Seconds(1), clock);
  CHECK(verifier.check(v1(), kLoggerEvent, "", WallTime(0)) == Verdict::kWrong);
}

TEST_CASE("a window of 0 lets every age in") {
  FakeClock clock;
  LoggerVerifier verifier({"s3cret", {}}, Micros(0), clock);
  CHECK(verifier.check(v1(), kLoggerEvent, "", WallTime(0)) == Verdict::kAccepted);
}

TEST_CASE("a secrets file is a map from facility to secret") {
  auto secrets = parse_logger_secrets(R"({"web":"a","d\u0062":"b"})");
  REQUIRE(secrets.ok());
  CHECK(secrets->size() == 2);
  CHECK(secrets->at("db") == "b");
}

TEST_CASE("a wrong secrets file is refused by facility, and no secret is cited") {
  struct Row {
    const char* text;
    const char* complaint;
  };
  const Row rows[] = {
      {"{}", "has no facility in it"},
      {"[]", "is not a JSON object from facility to secret"},
      {"\"s3cret\"", "is not a JSON object from facility to secret"},
      {R"({"web":"s3cret","db":""})", "facility \"db\": the secret is empty"},
      {R"({"web":["s3cret"]})", "facility \"web\": the secret is not a string"},
      {R"({"web":"s3cret","web":"s3cret2"})", "facility \"web\" stands twice"},
      {R"({"":"s3cret"})", "has a secret for a facility without a name"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    auto secrets = parse_logger_secrets(row.text);
    REQUIRE_FALSE(secrets.ok());
    CHECK(secrets.status().code() == Code::kInvalid);
    CHECK(secrets.status().message() == row.complaint);
  }
  auto broken = parse_logger_secrets(R"({"web":"s3cret)");
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.status().message().starts_with("is not JSON: "));
  CHECK(broken.status().message().find("s3cret") == std::string::npos);
}

}  // namespace ox
