#include "common/ingest/model/json_input.h"

#include <cmath>

#include <doctest/doctest.h>

#include "common/ingest/model/pack.h"
#include "proto/raw_value.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// Both parsers' answer, which must be the same; as JSON, or the error.
std::string read(std::string_view text) {
  JsonInput input;
  std::string out = "before";
  Status status = input.append(text, out);
  if (!status.ok()) {
    CHECK(out == "before");
    return status.message();
  }
  JsonTextParser tolerant;
  std::string other = "before";
  std::size_t used = 0;
  CHECK(tolerant.parse_front(text, used, other).ok());
  CHECK(out == other);
  return json_of(std::string_view(out).substr(6));
}

// The one text that a document is.
std::string text_of(std::string_view json) {
  JsonInput input;
  std::string out;
  REQUIRE(input.append(json, out).ok());
  return std::string(RawValue(out).as_text().value_or("none"));
}

TEST_CASE("documents keep their order, their types and their duplicate keys") {
  for (std::string_view json :
       {"{}", "[]", "null", "true", "false", "0", "-1", "1.5", "\"\"", "\"x\"",
        R"({"b": 1, "a": {"x": [1, 2.0, null]}, "b": "again"})", "[[], {}, [[]], {\"\": {}}]",
        "[127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296]",
        "[-32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649]",
        "[9223372036854775807, 9223372036854775808, 18446744073709551615, -9223372036854775808]",
        "[1.0, 0.1, 1e+22, 5e-324, 1.7976931348623157e+308, -0.0, 1e+16]",
        R"("\" \\ \b\f\n\r\t \u00e9 \u65e5 \ud83d\ude00 \u0000")"})
    CHECK(read(json) == json);
  CHECK(read(" \t\r\n [ 1 ,2 ] \n") == "[1, 2]");
  CHECK(read(R"("\/\u0041")") == R"("/A")");
  CHECK(read("-0") == "0");
  CHECK(read("1E5") == "100000.0");
  CHECK(read("1e-400") == "0.0");
}

TEST_CASE("containers of any size have the right header") {
  for (std::size_t size : {15UL, 16UL, 17UL, 65535UL, 65536UL, 70'000UL}) {
    std::string array = "[";
    std::string map = "{";
    for (std::size_t i = 0; i < size; ++i) {
      array += i == 0 ? "1" : ", 1";
      map += (i == 0 ? "\"" : ", \"") + std::to_string(i) + "\": [{}]";
    }
    array += "]";
    map += "}";
    CHECK(read(array) == array);
    CHECK(read("[" + array + ", " + array + "]") == "[" + array + ", " + array + "]");
    CHECK(read(map) == map);
  }
}

TEST_CASE("text of any length has the right header, with escapes and without") {
  for (std::size_t size : {31UL, 32UL, 255UL, 256UL, 65535UL, 65536UL, 2'000'000UL}) {
    std::string text(size, 'x');
    CHECK(text_of("\"" + text + "\"") == text);
    CHECK(text_of("\"\\u0061" + text.substr(1) + "\"") == "a" + text.substr(1));
  }
}

TEST_CASE("what Python writes and JSON does not have is taken, and noted") {
  JsonInput input;
  std::string out;
  REQUIRE(input.append("[NaN, Infinity, -Infinity]", out).ok());
  CHECK(json_of(out) == "[NaN, Infinity, -Infinity]");
  CHECK(input.notes().non_finite);
  CHECK(!input.notes().number_as_text);
  out.clear();
  REQUIRE(input.append("[18446744073709551616, -9223372036854775809, 1e400, -1e400]", out).ok());
  CHECK(json_of(out) == R"(["18446744073709551616", "-9223372036854775809", "1e400", "-1e400"])");
  CHECK(input.notes().number_as_text);
  CHECK(!input.notes().non_finite);
  out.clear();
  REQUIRE(input.append("1", out).ok());
  CHECK(!input.notes().number_as_text);
}

TEST_CASE("half a surrogate is kept as its three bytes") {
  CHECK(text_of(R"("\ud800")") == "\xed\xa0\x80");
  CHECK(text_of(R"("\udc00")") == "\xed\xb0\x80");
  CHECK(text_of(R"("\ud800x")") == "\xed\xa0\x80x");
  CHECK(text_of(R"("\ud800\u0041")") ==
        "\xed\xa0\x80"
        "A");
  CHECK(text_of(R"("\ud800\ud83d\ude00")") == "\xed\xa0\x80😀");
  CHECK(text_of(R"("\ude00\ud83d")") == "\xed\xb8\x80\xed\xa0\xbd");
  for (std::string_view json : {R"("\ud800")", R"("\udc00")", R"({"\udfff": 1})"}) {
    JsonInput input;
    std::string out;
    REQUIRE(input.append(json, out).ok());
    CHECK_MESSAGE(input.notes().lone_surrogate, json);
  }
}

TEST_CASE("bytes that are no UTF-8 are kept as they are, and noted") {
  for (std::string_view bytes : {"\xff", "a\x80z", "\xc3", "\xe2\x82", "\xf0\x9f\x98",
                                 "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"}) {
    JsonInput input;
    std::string out;
    REQUIRE(input.append("{\"k\": \"" + std::string(bytes) + "\\n\"}", out).ok());
    CHECK(RawValue(out).find("k")->as_text() == std::string(bytes) + "\n");
    CHECK(input.notes().invalid_utf8);
  }
}

TEST_CASE("a byte order mark in front is no part of the document") {
  CHECK(read("\xef\xbb\xbf{}") == "{}");
}

TEST_CASE("errors name the line, the column and the byte, and what is wrong there") {
  CHECK(read("") == "line 1, column 1 (byte 0): the document ends before a value");
  CHECK(read("  ") == "line 1, column 3 (byte 2): the document ends before a value");
  CHECK(read("{\"a\" 1}") == "line 1, column 6 (byte 5): expected ':' behind the key");
  CHECK(read("{\n  \"a\": 1,\n  b: 2}") ==
        "line 3, column 3 (byte 14): expected a key in double quotes");
  CHECK(read("[1 2]") == "line 1, column 4 (byte 3): expected ',' or ']'");
  CHECK(read("{\"a\": 1 \"b\"}") == "line 1, column 9 (byte 8): expected ',' or '}'");
  CHECK(read("{} {}") == "line 1, column 4 (byte 3): more behind the document");
  CHECK(read("[01]") == "line 1, column 2 (byte 1): a number with a leading zero");
  CHECK(read("[1.]") == "line 1, column 4 (byte 3): expected a digit behind the point");
  CHECK(read("[1e]") == "line 1, column 4 (byte 3): expected a digit in the exponent");
  CHECK(read("[-]") == "line 1, column 3 (byte 2): expected a digit");
  CHECK(read("\"\\q\"") == "line 1, column 2 (byte 1): an unknown escape in a string");
  CHECK(read("\"\\u12g4\"") == "line 1, column 6 (byte 5): expected four hex digits behind \\u");
  CHECK(read("\"a\tb\"") == "line 1, column 3 (byte 2): a control character in a string");
  CHECK(read("!@#") == "line 1, column 1 (byte 0): expected a value");
  CHECK(read("{\"a\": [1, {\"b\"") ==
        "line 1, column 15 (byte 14): the document ends behind a key");
  for (std::string_view json :
       {"[",   "{",  "[1",   "[1,",   "[1,]",         "{\"a\":1,}", "{,}",  "[,]",    "}",    "]",
        "{]",  "[}", "tru",  "truex", "nul",          "Nan",        "Inf",  "-Inf",   "+1",   ".5",
        "'a'", "\"", "\"\\", "\"\\u", "\"\\ud800\\u", "1 2",        "[1]x", "/* */1", "{1:2}"})
    CHECK_MESSAGE(read(json).starts_with("line 1, column "), json);
}

TEST_CASE("a document may nest as deep as an event has room for") {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(read(nested(kMaxForeignDepth)) == nested(kMaxForeignDepth));
  JsonInput input;
  std::string out;
  CHECK(input.append(nested(kMaxForeignDepth + 1), out).code() == Code::kTooLarge);
  CHECK(input.append(std::string(1'000'000, '['), out).code() == Code::kTooLarge);
  CHECK(out.empty());
  JsonInput shallow(2);
  CHECK(shallow.append("[{}]", out).ok());
  CHECK(shallow.append("[{\"a\":[]}]", out).code() == Code::kTooLarge);
}

TEST_CASE("documents may follow each other, with and without space") {
  JsonInput input;
  std::string_view rest = "{\"a\":1}{\"b\":2} [3]\n\n4 \"5\" ";
  std::string seen;
  std::string out;
  while (true) {
    out.clear();
    auto more = input.append_next(rest, out);
    REQUIRE(more.ok());
    if (!*more) break;
    seen += json_of(out) + ";";
  }
  CHECK(seen == R"({"a": 1};{"b": 2};[3];4;"5";)");
  CHECK(rest.empty());
  rest = "{} nope";
  out.clear();
  CHECK(input.append_next(rest, out).ok());
  auto bad = input.append_next(rest, out);
  CHECK(bad.status().code() == Code::kInvalid);
  CHECK(rest == " nope");
  rest = "{";
  CHECK(input.append_next(rest, out).status().code() == Code::kInvalid);
}

TEST_CASE("long documents take the other way, and come out the same") {
  std::string text(1 << 20, 'y');
  std::string json = "{\"a\": \"" + text + "\", \"b\": [1, 2.5]}";
  CHECK(read(json) == json);
}

}  // namespace
}  // namespace ox
