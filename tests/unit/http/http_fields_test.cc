#include "common/http/http_fields.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("fields are found in any case, the first one of a name") {
  HttpFields fields;
  fields.add("Content-Type", "a");
  fields.add("content-type", "b");
  CHECK(fields.get("CONTENT-TYPE") == "a");
  CHECK(fields.all("content-type") == std::vector<std::string_view>{"a", "b"});
  CHECK_FALSE(fields.find("Content"));
  CHECK(fields.get("Accept", "otherwise") == "otherwise");
}

TEST_CASE("tokens are found in lists over several fields") {
  HttpFields fields;
  fields.add("Connection", "keep-alive , Upgrade,,");
  fields.add("Connection", "\tclose");
  for (const char* token : {"keep-alive", "upgrade", "CLOSE"})
    CHECK(fields.has_token("connection", token));
  CHECK_FALSE(fields.has_token("connection", "up"));
}

TEST_CASE("only tokens are tokens") {
  CHECK(is_token("X-Thing_1!"));
  for (std::string_view text : {"", "a b", "a:", "a\n", "\x80", "a/b"}) CHECK_FALSE(is_token(text));
  CHECK_FALSE(is_token(std::string_view("\0", 1)));
}

TEST_CASE("a media type and its parameters are parsed") {
  auto type = MediaType::parse(" Text/Plain; Charset=UTF-8 ;x=\"a;\\\"b\"; ");
  REQUIRE(type);
  CHECK(type->type == "text/plain");
  REQUIRE(type->parameter("charset"));
  CHECK(*type->parameter("charset") == "UTF-8");
  CHECK(*type->parameter("x") == "a;\"b");
  CHECK(type->parameter("y") == nullptr);
  CHECK(MediaType::parse("application/x-ndjson")->type == "application/x-ndjson");
}

TEST_CASE("what is no media type is refused") {
  for (const char* text : {"", "text", "text/", "/plain", "text/plain; a",
                           "text/plain; a=", "text/plain; a=\"b", "text/plain b", "text/plain; =b"})
    CHECK_FALSE(MediaType::parse(text));
}

}  // namespace ox
