#include "common/client/value_path.h"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

TEST_CASE("dots in a key lead into maps, which are made as needed") {
  Value body = Value::map({});
  CHECK(set_path(body, "response.status", 200).ok());
  CHECK(set_path(body, "response.size.body", 17).ok());
  CHECK(set_path(body, "plain", "x").ok());
  CHECK(body == Value::map({{"response",
                             Value::map({{"status", 200}, {"size", Value::map({{"body", 17}})}})},
                            {"plain", "x"}}));
  CHECK(set_path(body, "response", 1).ok());
  CHECK(body == Value::map({{"response", 1}, {"plain", "x"}}));
}

TEST_CASE("a bad key is refused with its reason, and nothing is changed") {
  Value body = Value::map({{"a", 1}});
  const Value before = body;
  for (const char* key : {"", ".", ".a", "a.", "b..c"}) {
    CAPTURE(key);
    CHECK(set_path(body, key, 2).code() == Code::kInvalid);
    CHECK(append_path(body, key, 2).code() == Code::kInvalid);
    CHECK(add_path(body, key, 2).code() == Code::kInvalid);
  }
  Status status = set_path(body, "a.b.c", 2);
  CHECK(status.code() == Code::kInvalid);
  CHECK(status.message() == "key \"a.b.c\": \"a\" is not a map");
  CHECK(body == before);
}

TEST_CASE("append makes a list and adds to it, and to nothing else") {
  Value body = Value::map({{"n", 1}});
  CHECK(append_path(body, "list.of", "a").ok());
  CHECK(append_path(body, "list.of", "b").ok());
  CHECK(append_path(body, "n", "b").code() == Code::kInvalid);
  CHECK(body == Value::map({{"n", 1}, {"list", Value::map({{"of", Value::list({"a", "b"})}})}}));
}

TEST_CASE("add makes a number and adds to it, and to nothing else") {
  Value body = Value::map({{"text", "1"}});
  CHECK(add_path(body, "n", 2).ok());
  CHECK(add_path(body, "n", -5).ok());
  CHECK(*body.find("n") == Value(-3));
  CHECK(add_path(body, "n", 0.5).ok());
  CHECK(*body.find("n") == Value(-2.5));
  CHECK(add_path(body, "text", 1).code() == Code::kInvalid);
  CHECK(add_path(body, "n", "1").code() == Code::kInvalid);
  CHECK(add_path(body, "n", true).code() == Code::kInvalid);
}

TEST_CASE("integers stay integers while the sum fits in 64 bits") {
  Value body = Value::map({{"i", INT64_MAX}, {"u", UINT64_MAX}, {"low", INT64_MIN}});
  CHECK(add_path(body, "i", 1).ok());
  CHECK(*body.find("i") == Value(std::uint64_t{1} << 63U));
  CHECK(add_path(body, "i", -1).ok());
  CHECK(*body.find("i") == Value(INT64_MAX));
  CHECK(add_path(body, "u", 1).ok());
  CHECK(*body.find("u") == Value(0x1p64));
  CHECK(add_path(body, "low", -1).ok());
  CHECK(*body.find("low") == Value(-0x1p63));
}

}  // namespace
}  // namespace ox
