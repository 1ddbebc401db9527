#include "common/http/auth/token_table.h"

#include <doctest/doctest.h>

namespace ox {

static TokenTable table_of(std::string_view text) {
  auto table = TokenTable::parse(text);
  REQUIRE(table.ok());
  return std::move(table.value());
}

static std::string complaint_of(std::string_view text) {
  auto table = TokenTable::parse(text);
  REQUIRE_FALSE(table.ok());
  CHECK(table.status().code() == Code::kInvalid);
  return table.status().message();
}

TEST_CASE("a token file has a token a line, with its roles or a writer's") {
  TokenTable table = table_of(
      "# the web servers\n"
      "\n"
      "alpha\r\n"
      "  beta\twriter  basic-reader \n"
      "   # indented\n"
      "gamma admin");
  CHECK(table.size() == 3);
  CHECK(table.find("alpha") == Roles().add(Role::kWriter));
  CHECK(table.find("beta") == Roles().add(Role::kWriter).add(Role::kBasicReader));
  CHECK(table.find("gamma") == Roles().add(Role::kAdmin));
  for (const char* token : {"", "alph", "alphaa", "Alpha", "writer", "#", "alpha "}) {
    CAPTURE(token);
    CHECK_FALSE(table.find(token));
  }
}

TEST_CASE("a wrong token file is refused by line, and what stands there is not cited") {
  CHECK(complaint_of("") == "has no token in it");
  CHECK(complaint_of("# nothing\n\n") == "has no token in it");
  std::string message = complaint_of("alpha\nmy s3cret phrase\n");
  CHECK(message ==
        "line 2: word 2 is no role (there are basic-reader, query-reader, writer, admin)");
  CHECK(complaint_of("alpha\n\nalpha writer\n") == "line 3: the token stands there twice");
  CHECK(complaint_of("al\x01pha\n") ==
        "line 1: the token has a character that is not visible ASCII");
  CHECK(complaint_of("\xc3\xa4\n") ==
        "line 1: the token has a character that is not visible ASCII");
  CHECK(complaint_of(std::string(4097, 'x')) == "line 1: the token has more than 4096 characters");
  CHECK(TokenTable::parse(std::string(4096, 'x')).ok());
}

TEST_CASE("a single token may have blanks inside, but not be made of them") {
  TokenTable table;
  CHECK(table.empty());
  REQUIRE(table.add(" two words ", Roles::all()).ok());
  CHECK(table.find_presented("two words"));
  CHECK_FALSE(table.find_presented("words"));
  CHECK(table.add("  ", Roles::all()).message() == "the token is empty");
  CHECK(table.add("a\nb", Roles::all()).code() == Code::kInvalid);
  CHECK(table.add("two words", Roles::all()).code() == Code::kExists);
  CHECK(table.size() == 1);
}

TEST_CASE("a token is found as every sender presents it") {
  TokenTable table = table_of("t\nid:key\nZm9vOmJhcg==\nBearer2\n");
  for (const char* value : {"t", " t ", "Bearer t", "bearer  t", "Token t", "Splunk t", "ApiKey t",
                            "ApiKey aWQ6a2V5", "ApiKey id:key", "ApiKey Zm9vOmJhcg==", "Bearer2"}) {
    CAPTURE(value);
    CHECK(table.find_presented(value));
  }
  for (const char* value : {"", "x", "T", "Bearer", "Bearer x", "Bearert", "Basic t", "t t",
                            "Bearer Bearer t", "Bearer aWQ6a2V5", "ApiKey aWQ6a2V", "ApiKey"}) {
    CAPTURE(value);
    CHECK_FALSE(table.find_presented(value));
  }
}

TEST_CASE("an empty table knows no token, not even the empty one") {
  TokenTable table;
  CHECK_FALSE(table.find(""));
  CHECK_FALSE(table.find_presented(""));
  CHECK_FALSE(table.find_presented("Bearer "));
}

}  // namespace ox
