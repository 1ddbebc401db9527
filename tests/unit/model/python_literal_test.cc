#include "common/ingest/model/python_literal.h"

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// As JSON; "no literal" when it is none.
std::string restored(std::string_view text, const PythonLiteralLimits& limits = {}) {
  std::string out;
  if (append_python_literal(text, out, limits)) return json_of(out);
  CHECK(out.empty());
  return "no literal";
}

TEST_CASE("a literal becomes what CPython's literal_eval() and json.dumps() make of it") {
  std::size_t checked = 0;
  for (const std::string& record : read_cases("python_literals.jsonl")) {
    const std::string text = text_at(record, "text");
    CAPTURE(text);
    CHECK(restored(text) == (null_at(record, "json") ? "no literal" : text_at(record, "json")));
    ++checked;
  }
  CHECK(checked >= 300);
}

TEST_CASE("the examples of form bodies: numbers, None, tuples, nested values") {
  CHECK(restored("20") == "20");
  CHECK(restored("None") == "null");
  CHECK(restored("()") == "[]");
  CHECK(restored("(8, 'arg2')") == "[8, \"arg2\"]");
  CHECK(restored("[{1: 2}, ('123', '234')]") == R"([{"1": 2}, ["123", "234"]])");
  CHECK(restored("(<class 'ZeroDivisionError'>, 1)") == "no literal");
  CHECK(restored("007") == "no literal");
  CHECK(restored("1e3") == "1000.0");
  CHECK(restored("true") == "no literal");
}

TEST_CASE("sets keep the order of the text, and each element once") {
  CHECK(restored("{3, 1, 2, 1.0, True}") == "\"{3, 1, 2}\"");
  CHECK(restored("{1, 2}") == "\"{1, 2}\"");
}

TEST_CASE("halves of a surrogate pair become one character, a lone half its three bytes") {
  std::string out;
  REQUIRE(append_python_literal(R"('\ud83d\ude00')", out));
  CHECK(*RawValue(out).as_text() == "😀");
  out.clear();
  REQUIRE(append_python_literal(R"('a\ud83d')", out));
  CHECK(*RawValue(out).as_text() == "a\xed\xa0\xbd");
}

TEST_CASE("what is over a limit is just text") {
  PythonLiteralLimits limits;
  limits.max_bytes = 10;
  CHECK(restored("1234567890", limits) == "1234567890");
  CHECK(restored("12345678901", limits) == "no literal");
  limits = {};
  limits.max_depth = 3;
  CHECK(restored("[[[]]]", limits) == "[[[]]]");
  CHECK(restored("[[[1, ()]]]", limits) == "no literal");
  CHECK(restored(std::string(200'000, '(')) == "no literal");
  CHECK(restored(std::string(200'000, '-')) == "no literal");
}

TEST_CASE("bytes that are no UTF-8 are no literal") { CHECK(restored("'\xff'") == "no literal"); }

TEST_CASE("names of characters are not known here") {
  CHECK(restored(R"('\N{DIGIT ONE}')") == "no literal");
  CHECK(restored(R"(r'\N{DIGIT ONE}')") == R"("\\N{DIGIT ONE}")");
}

TEST_CASE("many equal and unequal keys take no square of their time") {
  std::string text = "{";
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i % 15'000) + ":1,";
  text += "}";
  std::string out;
  REQUIRE(append_python_literal(text, out));
  CHECK(RawValue(out).size() == 15'000);
}

}  // namespace
}  // namespace ox
