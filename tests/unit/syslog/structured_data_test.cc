#include "common/ingest/syslog/structured_data.h"

#include <string>

#include <doctest/doctest.h>

#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

// As JSON, with what is left; "none" when there is no such data.
std::string taken(std::string_view text) {
  StructuredData data;
  const std::string_view before = text;
  if (!data.take(text)) {
    CHECK(text == before);
    return "none";
  }
  std::string packed;
  data.append_to(packed);
  auto decoded = Decoded::decode(packed);
  REQUIRE(decoded.ok());
  std::string out;
  append_json(out, decoded->root());
  return out + "|" + std::string(text);
}

TEST_CASE("elements become maps") {
  CHECK(taken(R"([ex@1 a="b"])") == R"({"ex@1": {"a": "b"}}|)");
  CHECK(
      taken(R"([exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] msg)") ==
      R"({"exampleSDID@32473": {"iut": "3", "eventSource": "Application", "eventID": "1011"}}| msg)");
  CHECK(taken(R"([a x="1"][b][c y="2"] m)") == R"({"a": {"x": "1"}, "b": {}, "c": {"y": "2"}}| m)");
  CHECK(taken(R"([a ip="1" ip="2"])") == R"({"a": {"ip": "1", "ip": "2"}}|)");
  CHECK(taken("[a x=\"gr\xc3\xbc\xc3\x9f\" e=\"\"]") ==
        "{\"a\": {\"x\": \"gr\\u00fc\\u00df\", \"e\": \"\"}}|");
}

TEST_CASE("escapes are undone, and other backslashes stay") {
  CHECK(taken(R"([a x="b\"c"])") == R"({"a": {"x": "b\"c"}}|)");
  CHECK(taken(R"([a x="b\]c"])") == R"({"a": {"x": "b]c"}}|)");
  CHECK(taken(R"([a x="b\\"])") == R"({"a": {"x": "b\\"}}|)");
  CHECK(taken(R"([a x="b\nc"])") == R"({"a": {"x": "b\\nc"}}|)");
  CHECK(taken(R"([a x="] [b"])") == R"({"a": {"x": "] [b"}}|)");
}

TEST_CASE("what is broken is not taken") {
  for (const char* text : {"",           "-",
                           "x",          "[",
                           "[]",         "[ a]",
                           "[a",         "[a x",
                           "[a x=",      "[a x=]",
                           "[a x=\"",    "[a x=\"b",
                           "[a x=\"b\"", "[a x=\"b\\\"]",
                           "[a x=b]",    "[a]x",
                           "[a][",       "[a] [",
                           "[a=b]",      "[a x=\"1\"y=\"2\"]"})
    if (std::string_view(text) != "[a] [") CHECK_MESSAGE(taken(text) == "none", text);
  CHECK(taken("[a] [") == "{\"a\": {}}| [");
}

TEST_CASE("blanks too many do no harm") {
  CHECK(taken(R"([a  x="1"  y="2" ] m)") == R"({"a": {"x": "1", "y": "2"}}| m)");
}

}  // namespace
}  // namespace ox
