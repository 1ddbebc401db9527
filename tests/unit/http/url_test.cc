#include "common/http/url.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("in a path escapes are decoded and plus stays") {
  CHECK(decode_path("/a%20b+c%2f%2F") == "/a b+c//");
  CHECK(decode_path("") == "");
  CHECK(decode_path("%00%ff") == std::string("\0\xff", 2));
}

TEST_CASE("a path with a broken escape is refused") {
  for (const char* text : {"%", "a%", "%4", "%zz", "%4z", "%%41"}) CHECK_FALSE(decode_path(text));
}

TEST_CASE("in a form plus is a space, and a broken escape stays") {
  CHECK(decode_form("a+b%2Bc") == "a b+c");
  CHECK(decode_form("100%") == "100%");
  CHECK(decode_form("%zz%4") == "%zz%4");
}

TEST_CASE("pairs keep their order, repeated keys and empty values") {
  CHECK(*parse_pairs("a=1&b=&a=2&c&=x&&d=e=f") ==
        HttpPairs{{"a", "1"}, {"b", ""}, {"a", "2"}, {"c", ""}, {"", "x"}, {"d", "e=f"}});
  CHECK(parse_pairs("")->empty());
  CHECK(*parse_pairs("k%3D1=v%26+2") == HttpPairs{{"k=1", "v& 2"}});
}

TEST_CASE("too many pairs are refused") {
  CHECK(parse_pairs("a&b&c", 3).ok());
  CHECK(parse_pairs("a&b&c&d", 3).status().code() == Code::kTooLarge);
}

TEST_CASE("find_pair finds the first of a key") {
  HttpPairs pairs{{"a", "1"}, {"b", "2"}, {"b", "3"}};
  REQUIRE(find_pair(pairs, "b"));
  CHECK(*find_pair(pairs, "b") == "2");
  CHECK(find_pair(pairs, "c") == nullptr);
}

}  // namespace ox
