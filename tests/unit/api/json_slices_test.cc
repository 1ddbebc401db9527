#include "common/ingest/api/logger/json_slices.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

using Parts = std::vector<std::string_view>;

TEST_CASE("a member is the text that was written") {
  const std::string_view object =
      "\xef\xbb\xbf { \"a\" : {\"t\": 1, \"x\": \"}\\\"\"} , \"t\": 1512036930.1200 ,\"b\":[1,2]}";
  CHECK(json_member(object, "t") == "1512036930.1200");
  CHECK(json_member(object, "a") == "{\"t\": 1, \"x\": \"}\\\"\"}");
  CHECK(json_member(object, "b") == "[1,2]");
  CHECK_FALSE(json_member(object, "x"));
  CHECK_FALSE(json_member("[1]", "t"));
  CHECK_FALSE(json_member("{}", "t"));
}

TEST_CASE("of members with the same key the last one counts") {
  CHECK(json_member(R"({"t":1,"t":2.0})", "t") == "2.0");
}

TEST_CASE("elements come without the space around them") {
  CHECK(json_elements(" [ {\"a\": \"],\"} ,\n 2.50, \"x\" ,[ ] , null ] ") ==
        Parts{"{\"a\": \"],\"}", "2.50", "\"x\"", "[ ]", "null"});
  CHECK(json_elements("[]").empty());
  CHECK(json_elements("[ ]").empty());
  CHECK(json_elements("{}").empty());
}

TEST_CASE("a text that is cut anywhere gives parts of it and no more") {
  const std::string whole = R"({"a": "x\"", "t": [1, {"b": 2}], "c": -1e5})";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    for (std::string_view key : {"a", "t", "c"})
      if (auto part = json_member(cut, key)) CHECK(cut.find(*part) != std::string::npos);
    CHECK(json_elements("[" + cut).size() <= 1);
  }
}

}  // namespace
}  // namespace ox
