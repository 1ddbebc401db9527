#include "common/http/auth/roles.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("roles are granted by name and imply no others") {
  auto roles = Roles::parse("basic-reader, writer");
  REQUIRE(roles.ok());
  CHECK(roles->has(Role::kBasicReader));
  CHECK(roles->has(Role::kWriter));
  CHECK_FALSE(roles->has(Role::kQueryReader));
  CHECK_FALSE(roles->has(Role::kAdmin));
  CHECK(roles->to_string() == "basic-reader writer");
  auto admin = Roles::parse("admin");
  REQUIRE(admin.ok());
  CHECK(admin->has(Role::kAdmin));
  CHECK_FALSE(admin->has(Role::kWriter));
}

TEST_CASE("no name is no role; every role is all of them") {
  auto none = Roles::parse(" \t,");
  REQUIRE(none.ok());
  CHECK(none->empty());
  CHECK(none->to_string().empty());
  CHECK(Roles::all().to_string() == "basic-reader query-reader writer admin");
}

TEST_CASE("a name that is no role is refused with the names that are") {
  auto roles = Roles::parse("writer Writer");
  REQUIRE_FALSE(roles.ok());
  CHECK(roles.status().message() ==
        "\"Writer\" is no role (there are basic-reader, query-reader, writer, admin)");
}

}  // namespace ox
