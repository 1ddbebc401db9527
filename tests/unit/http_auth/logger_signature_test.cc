#include "common/http/auth/logger_signature.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "tests/unit/http_auth/logger_event.h"

namespace ox {

using Version = LoggerSignature::Version;

TEST_CASE("signatures are the ones that clients compute") {
  Digest v1 = sign_v1("s3cret", kLoggerEvent);
  CHECK(to_hex(view_of(v1)) == kLoggerV1);
  REQUIRE(kLoggerBody.size() == 137);
  Digest v2 = sign_v2("s3cret", kLoggerEvent, kLoggerBody);
  CHECK(to_hex(view_of(v2)) == kLoggerV2);
}

TEST_CASE("every part of what is signed counts, and the secret") {
  const Digest v1 = sign_v1("s3cret", kLoggerEvent);
  CHECK(sign_v1("s3creT", kLoggerEvent) != v1);
  for (std::string_view SignedEvent::*part :
       {&SignedEvent::facility, &SignedEvent::level, &SignedEvent::timestamp}) {
    SignedEvent other = kLoggerEvent;
    other.*part = "x";
    CHECK(sign_v1("s3cret", other) != v1);
    CHECK(sign_v2("s3cret", other, kLoggerBody) != sign_v2("s3cret", kLoggerEvent, kLoggerBody));
  }
  CHECK(sign_v2("s3cret", kLoggerEvent, "x") != sign_v2("s3cret", kLoggerEvent, kLoggerBody));
}

TEST_CASE("signatures are found in both headers, the one of their own first") {
  const std::string v1(kLoggerV1);
  const std::string v2(kLoggerV2);
  struct Row {
    std::string own;
    std::string authorization;
    Version version;
  };
  const Row rows[] = {
      {"sha256=" + v1, "", Version::kV1},  {" sha256=" + v1 + " ", "Basic YTpi", Version::kV1},
      {"v2=" + v2, "", Version::kV2},      {"v2=" + v2, "HMAC " + v1, Version::kV2},
      {"", "HMAC " + v1, Version::kV1},    {"", "hmac sha256=" + v1, Version::kV1},
      {"", "HMAC v2=" + v2, Version::kV2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.own);
    CAPTURE(row.authorization);
    auto found = LoggerSignature::from_headers(row.own, row.authorization);
    REQUIRE(found.ok());
    CHECK(found->version == row.version);
    CHECK(to_hex(view_of(found->digest)) == (row.version == Version::kV1 ? v1 : v2));
  }
}

TEST_CASE("a missing signature is told apart from one that cannot be read") {
  CHECK(LoggerSignature::from_headers("", "").status().code() == Code::kNotFound);
  CHECK(LoggerSignature::from_headers("", "Basic YTpi").status().code() == Code::kNotFound);
  const std::string v1(kLoggerV1);
  struct Row {
    std::string own;
    const char* complaint;
  };
  const Row rows[] = {
      {v1, "the signature begins with neither sha256= nor v2="},
      {"sha1=" + v1, "the signature begins with neither sha256= nor v2="},
      {"v3=" + v1, "the signature begins with neither sha256= nor v2="},
      {"sha256=", "the signature does not have 64 hex digits"},
      {"sha256=" + v1 + "00", "the signature does not have 64 hex digits"},
      {"sha256=" + v1.substr(2), "the signature does not have 64 hex digits"},
      {"v2=" + v1.substr(1) + "g", "the signature is not hex"},
      {"sha256= " + v1.substr(1), "the signature is not hex"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.own);
    auto found = LoggerSignature::from_headers(row.own, "");
    REQUIRE_FALSE(found.ok());
    CHECK(found.status().code() == Code::kInvalid);
    CHECK(found.status().message() == row.complaint);
  }
  CHECK(LoggerSignature::from_headers("", "HMAC").status().code() == Code::kInvalid);
}

TEST_CASE("an event among others carries a v1 signature") {
  const std::string v1(kLoggerV1);
  CHECK(LoggerSignature::from_member(v1).ok());
  CHECK(LoggerSignature::from_member("sha256=" + v1).ok());
  CHECK(LoggerSignature::from_member("").status().code() == Code::kNotFound);
  CHECK(LoggerSignature::from_member("v2=" + v1).status().message() ==
        "the signature of one event among others is not a v1 one");
  CHECK(LoggerSignature::from_member("x").status().code() == Code::kInvalid);
}

TEST_CASE("an event whose parts could be divided in another way cannot be signed") {
  CHECK(signable(kLoggerEvent));
  CHECK(signable({"a b", "c\r", ""}));
  CHECK_FALSE(signable({"a\nb", "c", "d"}));
  CHECK_FALSE(signable({"a", "b\nc", "d"}));
  CHECK_FALSE(signable({"a", "b", "c\n"}));
}

}  // namespace ox
