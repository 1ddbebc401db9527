#include "common/client/context_name.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

using Open = std::vector<std::string_view>;

std::string name_of(std::string_view given, const Open& open) {
  auto resolved = resolve_name(given, open);
  REQUIRE_MESSAGE(resolved.ok(), resolved.status().message());
  return resolved->name;
}

std::optional<std::size_t> parent_of(std::string_view given, const Open& open) {
  auto resolved = resolve_name(given, open);
  REQUIRE_MESSAGE(resolved.ok(), resolved.status().message());
  return resolved->parent;
}

TEST_CASE("a name with a dot in front lies below the innermost context") {
  CHECK(name_of(".db", {"request"}) == "request.db");
  CHECK(name_of(".db", {"app", "request"}) == "request.db");
  CHECK(parent_of(".db", {"app", "request"}) == 1);
  CHECK(name_of(".db.query", {"request"}) == "request.db.query");
}

TEST_CASE("a name with ^ in front lies below the outermost context") {
  CHECK(name_of("^.db", {"request", "request.work", "other"}) == "request.db");
  CHECK(parent_of("^.db", {"request", "request.work"}) == 0);
}

TEST_CASE("without any context a relative name stands alone") {
  CHECK(name_of(".db", {}) == "db");
  CHECK(name_of("^.db", {}) == "db");
  CHECK_FALSE(parent_of(".db", {}).has_value());
}

TEST_CASE("a relative name goes on where its first part is found in the parent's") {
  CHECK(name_of(".bar.foo", {"test.bar"}) == "test.bar.foo");
  CHECK(name_of(".db", {"request.db"}) == "request.db");
  CHECK(name_of(".a.c", {"a.b.a.b"}) == "a.b.a.c");
  CHECK(name_of("^.request.x", {"request", "y"}) == "request.x");
}

TEST_CASE("a whole name stays as it is, below the longest beginning of it that is open") {
  CHECK(name_of("request.db", {"request"}) == "request.db");
  CHECK(parent_of("request.db", {"request"}) == 0);
  CHECK(parent_of("top.foo.bar", {"top", "top.foo", "else"}) == 1);
  CHECK(parent_of("request", {"request"}) == 0);
  CHECK_FALSE(parent_of("requests", {"request"}).has_value());
  CHECK_FALSE(parent_of("request", {"request.db"}).has_value());
  CHECK_FALSE(parent_of("other.db", {"request"}).has_value());
}

TEST_CASE("a bad name is refused with its reason") {
  for (const char* name : {"", ".", "..", "..db", "^", "^db", "^.", "^..db", "a..b", "a.", ".a."}) {
    CAPTURE(name);
    auto resolved = resolve_name(name, {"request"});
    REQUIRE_FALSE(resolved.ok());
    CHECK(resolved.status().code() == Code::kInvalid);
    CHECK(resolved.status().message().find("context name \"" + std::string(name) + "\": ") == 0);
  }
}

TEST_CASE("a name that no batch can hold is refused, however it came to be so long") {
  std::string longest(255, 'x');
  CHECK(name_of(longest, {}) == longest);
  CHECK_FALSE(resolve_name(longest + "x", {}).ok());
  CHECK_FALSE(resolve_name(".x", {longest}).ok());
}

}  // namespace
}  // namespace ox
