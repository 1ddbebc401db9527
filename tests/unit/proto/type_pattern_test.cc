#include "proto/type_pattern.h"

#include <doctest/doctest.h>

namespace ox {

static TypePattern pattern(std::string_view text) {
  auto parsed = TypePattern::parse(text);
  REQUIRE(parsed.ok());
  return *parsed;
}

TEST_CASE("a plain name matches that type alone") {
  TypePattern request = pattern("request");
  CHECK(request.matches("request"));
  CHECK_FALSE(request.matches("request.db"));
  CHECK_FALSE(request.matches("requests"));
  CHECK_FALSE(request.matches(""));
  CHECK(request.exact());
  CHECK(request.prefix() == "request");
}

TEST_CASE("a star at the end matches every type that begins so") {
  TypePattern request = pattern("request*");
  CHECK(request.matches("request"));
  CHECK(request.matches("request.db"));
  CHECK(request.matches("requests"));
  CHECK_FALSE(request.matches("reques"));
  CHECK_FALSE(request.matches("my.request"));
  CHECK_FALSE(request.exact());
  CHECK(request.prefix() == "request");
}

TEST_CASE("a star alone, and no pattern at all, match everything") {
  for (const TypePattern& all : {pattern("*"), TypePattern()}) {
    CHECK(all.matches("request"));
    CHECK(all.matches(""));
    CHECK(all.matches("\xff\xfe"));
    CHECK(all.prefix().empty());
    CHECK(all.to_string() == "*");
  }
}

TEST_CASE("a pattern that would match nothing is refused") {
  for (const char* text : {"", "a*b", "**", "*.db"}) {
    CAPTURE(text);
    auto parsed = TypePattern::parse(text);
    CHECK(parsed.status().code() == Code::kInvalid);
  }
}

TEST_CASE("a pattern reads back from its text") {
  CHECK(pattern("a.b").to_string() == "a.b");
  CHECK(pattern("a.b*").to_string() == "a.b*");
}

}  // namespace ox
