#include "proto/json.h"

#include <bit>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "proto/event_view.h"

namespace ox {
namespace {

// The expected texts are what json.dumps() of CPython 3.11 returns, made once and kept.

struct Number {
  std::uint64_t bits;
  const char* json;
};

const std::vector<Number> kNumbers = {
    {0x0000000000000000, "0.0"},
    {0x8000000000000000, "-0.0"},
    {0x3ff0000000000000, "1.0"},
    {0xbff8000000000000, "-1.5"},
    {0x3fb999999999999a, "0.1"},
    {0x3fd5555555555555, "0.3333333333333333"},
    {0x3f1a36e2eb1c432d, "0.0001"},
    {0x3f1a36371ea531a8, "9.999e-05"},
    {0x3ee4f8b588e368f1, "1e-05"},
    {0x3e7ad7f29abcaf48, "1e-07"},
    {0x3e8421f5f40d8376, "1.5e-07"},
    {0x419d6f3454800000, "123456789.125"},
    {0x41d65a0bc0100000, "1500000000.25"},
    {0x430c6bf526340000, "1000000000000000.0"},
    {0x4341c37937e08000, "1e+16"},
    {0x4341c37937e07fff, "9999999999999998.0"},
    {0x4340000000000000, "9007199254740992.0"},
    {0x4345ee2a2eb5a5c4, "1.2345678901234568e+16"},
    {0x4480f0cf064dd592, "1e+22"},
    {0x44b52d02c7e14af6, "1e+23"},
    {0x54b249ad2594c37d, "1e+100"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0x0000000000000001, "5e-324"},
    {0x0010000000000000, "2.2250738585072014e-308"},
    {0x3fd3333333333334, "0.30000000000000004"},
    {0x7ff8000000000000, "NaN"},
    {0x7ff0000000000000, "Infinity"},
    {0xfff0000000000000, "-Infinity"},
};

struct Text {
  const char* hex;  // of the bytes
  const char* json;
};

const std::vector<Text> kTexts = {
    {"", R"("")"},
    {"706c61696e", R"("plain")"},
    {"7122625c732f", R"("q\"b\\s/")"},
    {"080c0a0d09001f7f", R"("\b\f\n\r\t\u0000\u001f\u007f")"},
    {"c3a9", R"("\u00e9")"},
    {"e282ac", R"("\u20ac")"},
    {"f09f9880", R"("\ud83d\ude00")"},
    {"e280a8", R"("\u2028")"},
    {"efbfbf", R"("\uffff")"},
    {"efbbbf", R"("\ufeff")"},
    {"f48fbfbf", R"("\udbff\udfff")"},
    {"7e2021", R"("~ !")"},
};

// Decoded with errors="replace".
const std::vector<Text> kInvalidTexts = {
    {"ff", R"("\ufffd")"},
    {"618062", R"("a\ufffdb")"},
    {"c3", R"("\ufffd")"},
    {"c328", R"("\ufffd(")"},
    {"e282", R"("\ufffd")"},
    {"e28261", R"("\ufffda")"},
    {"eda080", R"("\ufffd\ufffd\ufffd")"},
    {"f09f98", R"("\ufffd")"},
    {"f4908080", R"("\ufffd\ufffd\ufffd\ufffd")"},
    {"c0af", R"("\ufffd\ufffd")"},
    {"f0808080", R"("\ufffd\ufffd\ufffd\ufffd")"},
    {"e09fbf", R"("\ufffd\ufffd\ufffd")"},
    {"f888808080", R"("\ufffd\ufffd\ufffd\ufffd\ufffd")"},
    {"e974e9", R"("\ufffdt\ufffd")"},
};

struct Document {
  const char* hex;  // MessagePack
  const char* json;
  const char* pretty;  // sort_keys=True, indent=4, separators=(",", ": ")
};

const std::vector<Document> kDocuments = {
    {"83a16201a16182a1799601cb4004000000000000c0c3c280a17890a2c3a9a2c3bc",
     R"({"b": 1, "a": {"y": [1, 2.5, null, true, false, {}], "x": []}, "\u00e9": "\u00fc"})",
     "{\n"
     "    \"a\": {\n"
     "        \"x\": [],\n"
     "        \"y\": [\n"
     "            1,\n"
     "            2.5,\n"
     "            null,\n"
     "            true,\n"
     "            false,\n"
     "            {}\n"
     "        ]\n"
     "    },\n"
     "    \"b\": 1,\n"
     "    \"\\u00e9\": \"\\u00fc\"\n"
     "}"},
    {"8401a161fb02cb400400000000000003cb4341c37937e0800006",
     R"({"1": "a", "-5": 2, "2.5": 3, "1e+16": 6})",
     "{\n"
     "    \"-5\": 2,\n"
     "    \"1\": \"a\",\n"
     "    \"2.5\": 3,\n"
     "    \"1e+16\": 6\n"
     "}"},
    {"82c201c302", R"({"false": 1, "true": 2})",
     "{\n"
     "    \"false\": 1,\n"
     "    \"true\": 2\n"
     "}"},
    {"81c001", R"({"null": 1})",
     "{\n"
     "    \"null\": 1\n"
     "}"},
    {"90", R"([])", R"([])"},
    {"80", R"({})", R"({})"},
    {"92909190", R"([[], [[]]])",
     "[\n"
     "    [],\n"
     "    [\n"
     "        []\n"
     "    ]\n"
     "]"},
    {"cfffffffffffffffff", R"(18446744073709551615)", R"(18446744073709551615)"},
    {"d38000000000000000", R"(-9223372036854775808)", R"(-9223372036854775808)"},
    {"a178", R"("x")", R"("x")"},
    {"c0", R"(null)", R"(null)"},
    {"840a010902ff03cb400400000000000004", R"({"10": 1, "9": 2, "-1": 3, "2.5": 4})",
     "{\n"
     "    \"-1\": 3,\n"
     "    \"2.5\": 4,\n"
     "    \"9\": 2,\n"
     "    \"10\": 1\n"
     "}"},
    {"85a15a01a16102a3efbfbf03a4f090808004a005",
     R"({"Z": 1, "a": 2, "\uffff": 3, "\ud800\udc00": 4, "": 5})",
     "{\n"
     "    \"\": 5,\n"
     "    \"Z\": 1,\n"
     "    \"a\": 2,\n"
     "    \"\\uffff\": 3,\n"
     "    \"\\ud800\\udc00\": 4\n"
     "}"},
    {"9292010281a16b9181a161c0", R"([[1, 2], {"k": [{"a": null}]}])",
     "[\n"
     "    [\n"
     "        1,\n"
     "        2\n"
     "    ],\n"
     "    {\n"
     "        \"k\": [\n"
     "            {\n"
     "                \"a\": null\n"
     "            }\n"
     "        ]\n"
     "    }\n"
     "]"},
    {"87a26964da00203539363832663030303030303030303030303030303030303030303030303030a474797065aa726"
     "5717565"
     "73742e6462a4686f7374a57765622d31a3706964cd1092a57374617274cb41d65a0bc0000000a3656e64cb41d65a0"
     "bc0100000a4626f647981a57175657279a853454c4543542031",
     R"({"id": "59682f00000000000000000000000000", "type": "request.db", "host": "web-1", "pid": 4242, "start": 1500000000.0, "end": 1500000000.25, "body": {"query": "SELECT 1"}})",
     ""},
};

std::string json_of(std::string_view hex, bool pretty = false) {
  std::string bytes = from_hex(hex);
  auto decoded = Decoded::decode(bytes);
  REQUIRE(decoded.ok());
  std::string out;
  if (pretty) {
    append_pretty_json(out, decoded->root());
  } else {
    append_json(out, decoded->root());
  }
  return out;
}

}  // namespace

TEST_CASE("floats read like Python's repr") {
  for (const Number& number : kNumbers) {
    std::string out;
    append_json_number(out, std::bit_cast<double>(number.bits));
    CHECK(out == number.json);
  }
}

TEST_CASE("a float of 32 bits is written with the digits of its 64-bit value") {
  CHECK(json_of("ca3dcccccd") == "0.10000000149011612");
}

TEST_CASE("text is escaped to ASCII") {
  for (const Text& text : kTexts) {
    std::string out;
    append_json_string(out, from_hex(text.hex));
    CHECK(out == text.json);
  }
}

TEST_CASE("bytes that are no UTF-8 become U+FFFD, as many as Python makes of them") {
  for (const Text& text : kInvalidTexts) {
    CAPTURE(text.hex);
    std::string out;
    append_json_string(out, from_hex(text.hex));
    CHECK(out == text.json);
  }
}

TEST_CASE("values read like json.dumps, in one line and pretty") {
  for (const Document& document : kDocuments) {
    CAPTURE(document.hex);
    CHECK(json_of(document.hex) == document.json);
    if (*document.pretty != 0) CHECK(json_of(document.hex, true) == document.pretty);
  }
}

TEST_CASE("old raw, str8 and bin are the same text") {
  CHECK(json_of("a161") == "\"a\"");
  CHECK(json_of("d90161") == "\"a\"");
  CHECK(json_of("da000161") == "\"a\"");
  CHECK(json_of("c40161") == "\"a\"");
}

TEST_CASE("what Python cannot write is written all the same") {
  CHECK(json_of("c7020501ff") == R"({"ext": 5, "hex": "01ff"})");
  CHECK(json_of("d6ff59682f00") == R"({"ext": -1, "hex": "59682f00"})");
  // Keys that are no text: an array, an ext, NaN.
  CHECK(json_of("81920102c0") == R"({"[1, 2]": null})");
  CHECK(json_of("81d4050ac0") == R"({"{\"ext\": 5, \"hex\": \"0a\"}": null})");
  CHECK(json_of("81cb7ff8000000000000c0") == R"({"NaN": null})");
  // Twice the same key.
  CHECK(json_of("82a16101a16102") == R"({"a": 1, "a": 2})");
  CHECK(json_of("82a16101a16102", true) == "{\n    \"a\": 1,\n    \"a\": 2\n}");
}

TEST_CASE("pretty sorts keys of mixed types: numbers first, by value, then text") {
  CHECK(json_of("85a16101"
                "0a02"
                "0903"
                "c004"
                "cb4004000000000000"
                "05",
                true) ==
        "{\n    \"2.5\": 5,\n    \"9\": 3,\n    \"10\": 2,\n    \"a\": 1,\n    \"null\": 4\n}");
}

TEST_CASE("keys that are NaN do not confuse the sorting") {
  CHECK(json_of("83cb7ff8000000000000"
                "01"
                "0102"
                "cb7ff8000000000000"
                "03",
                true) == "{\n    \"1\": 2,\n    \"NaN\": 1,\n    \"NaN\": 3\n}");
}

TEST_CASE("the deepest value that decodes is written") {
  std::string bytes(kMaxEventDepth - 1, '\x91');
  bytes += '\x90';
  auto decoded = Decoded::decode(bytes);
  REQUIRE(decoded.ok());
  std::string out;
  append_json(out, decoded->root());
  CHECK(out == std::string(kMaxEventDepth, '[') + std::string(kMaxEventDepth, ']'));
}

}  // namespace ox
