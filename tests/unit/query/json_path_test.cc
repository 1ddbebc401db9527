#include "common/query/json_path.h"

#include "common/query/query_time.h"
#include "common/store/byte_search.h"
#include "tests/unit/query/query_cases.h"

namespace ox {
namespace {

// The JSON of what lies there; "" when nothing does.
std::string at_path(std::string_view path, std::string_view document) {
  auto parsed = JsonPath::parse(path);
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
  const std::string bytes = packed(document);
  const RawValue found = parsed->find(RawValue(bytes));
  return found.valid() ? json_of(RawValue::front_of(found.bytes()).bytes()) : "";
}

}  // namespace

TEST_CASE("a path leads to values by keys and indexes") {
  const char* document = R"({"a": {"b": [1, {"c": 2}, [3]]}, "": 4, "x y": 5, "a": 6})";
  CHECK(at_path("$.a.b[0]", document) == "1");
  CHECK(at_path("$.a.b[1].c", document) == "2");
  CHECK(at_path("$.a.b[2][0]", document) == "3");
  CHECK(at_path("$.a.b[#-1][0]", document) == "3");
  CHECK(at_path("$.a.b[#-3]", document) == "1");
  CHECK(at_path("$.\"\"", document) == "4");
  CHECK(at_path("$.x y", document) == "5");
  CHECK(at_path("$.\"x y\"", document) == "5");
  CHECK(at_path("$[0]", "[7]") == "7");
  CHECK(at_path("$", "[7]") == "[7]");
  for (const char* nowhere :
       {"$.b", "$.a.b[3]", "$.a.b[#-4]", "$.a.b[#]", "$.a[0]", "$[0]", "$.a.b.c"})
    CHECK(at_path(nowhere, document) == "");
}

TEST_CASE("what is no path is refused, quoting it") {
  for (const char* text : {"",     "a",    "$#123", "$.",    "$..a",   "$[",
                           "$[]",  "$[x]", "$[-1]", "$[1",   "$a",     "$.a[*]",
                           "$.*",  "$.a.", "$.\"a", "$[#-]", "$[#+1]", "$[99999999999999999999]",
                           "$ .a", "$[1 ]"}) {
    CAPTURE(text);
    auto path = JsonPath::parse(text);
    REQUIRE_FALSE(path.ok());
    CHECK(path.status().message() == "bad JSON path '" + std::string(text) + "'");
  }
  std::string deep = "$";
  for (int i = 0; i < 101; ++i) deep += ".a";
  CHECK(JsonPath::parse(deep).status().message() == "a JSON path has at most 100 steps");
}

TEST_CASE("bytes are found wherever they lie, and never beyond the end") {
  for (std::size_t size = 0; size < 60; ++size) {
    for (std::size_t length = 1; length < 20; ++length) {
      const std::string needle = "x" + std::string(length - 1, 'y');
      CHECK_FALSE(contains_bytes(std::string(size, 'x'), needle + "z"));
      for (std::size_t at = 0; at + length <= size; ++at) {
        std::string bytes(size, 'x');
        bytes.replace(at, length, needle);
        REQUIRE(contains_bytes(bytes, needle));
        if (length > 1) REQUIRE_FALSE(contains_bytes(bytes.substr(0, at + length - 1), needle));
      }
    }
  }
  CHECK(contains_bytes("", ""));
}

TEST_CASE("times in queries") {
  CHECK(parse_query_time("2017-07-14") == 1499990400000000);
  CHECK(parse_query_time("2017-07-14 02:40") == 1500000000000000);
  CHECK(parse_query_time(" 2017-07-14t02:40:00z ") == 1500000000000000);
  CHECK(parse_query_time("2017-07-14T02:40:00.25Z") == 1500000000250000);
  CHECK(parse_query_time("2017-07-14 02:40:00.123456789") == 1500000000123456);
  CHECK(parse_query_time("2017-07-14 04:40:00+02:00") == 1500000000000000);
  CHECK(parse_query_time("2017-07-13 22:10:00 -0430") == 1500000000000000);
  CHECK(parse_query_time("2017-07-14 03:40:00+01") == 1500000000000000);
  CHECK(parse_query_time("1969-12-31 23:59:59.5") == -500000);
  for (const char* text : {"", "2017", "2017-7-14", "2017-02-30", "2017-13-01", "0000-01-01", "x",
                           "2017-07-14T", "2017-07-14 02", "2017-07-14 24:00", "2017-07-14 02:60",
                           "2017-07-14 02:40:60", "2017-07-14 02:40:00.", "2017-07-14 02:40 x",
                           "2017-07-14 02:40+25", "2017-07-14 02:40+02:", "20170714"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_query_time(text));
  }
}

}  // namespace ox
