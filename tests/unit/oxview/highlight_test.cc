#include "oxview/format/highlight.h"

#include <doctest/doctest.h>

#include "oxview/format/event_format.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

// "<red>" and so on for what would move the cursor of whoever reads a failure.
std::string readable(std::string text) {
  for (const auto& [sequence, name] :
       {std::pair("\x1b[1;31m", "<match>"), std::pair("\x1b[31m", "<red>"),
        std::pair("\x1b[33m", "<yellow>"), std::pair("\x1b[36m", "<cyan>"),
        std::pair("\x1b[2m", "<dim>"), std::pair("\x1b[0m", "<>")})
    for (std::size_t at = 0; (at = text.find(sequence)) != std::string::npos;)
      text.replace(at, std::string_view(sequence).size(), name);
  return text;
}

std::string coloured(std::string line, const ColouredPart& part, const char* pattern) {
  line = "before" + line;
  std::optional<LinePattern> compiled;
  if (pattern != nullptr) compiled = *LinePattern::compile(pattern);
  colour_line(line, 6, part, compiled);
  REQUIRE(line.starts_with("before"));
  return readable(line.substr(6));
}

std::string formatted_line(FormatSpec::Kind kind, const char* json, const FormatStyle& style) {
  FormatSpec spec;
  spec.kind = kind;
  std::string out;
  CHECK(make_format(spec, style)->append(out, packed(json)).ok());
  return readable(out);
}

}  // namespace

TEST_CASE("each match has its colour, and where it meets the part, the match wins") {
  const ColouredPart none;
  const ColouredPart part{2, 6, "\x1b[33m"};
  CHECK(coloured("abcdefgh", none, nullptr) == "abcdefgh");
  CHECK(coloured("abcdefgh", none, "[bg]") == "a<match>b<>cdef<match>g<>h");
  CHECK(coloured("abcdefgh", none, "x*") == "abcdefgh");
  CHECK(coloured("axxb", none, "x*") == "a<match>xx<>b");
  CHECK(coloured("aaa", none, "^a") == "<match>a<>aa");
  CHECK(coloured("abcdefgh", part, nullptr) == "ab<yellow>cdef<>gh");
  CHECK(coloured("abcdefgh", part, "bc") == "a<match>bc<><yellow>def<>gh");
  CHECK(coloured("abcdefgh", part, "de") == "ab<yellow>c<><match>de<><yellow>f<>gh");
  CHECK(coloured("abcdefgh", part, "a.*h") == "<match>abcdefgh<>");
  CHECK(coloured("abcdefgh", part, "h") == "ab<yellow>cdef<>g<match>h<>");
  CHECK(coloured("", none, "x") == "");
}

TEST_CASE("levels have colours in the short and the pretty form") {
  FormatStyle style;
  style.colours = true;
  using Kind = FormatSpec::Kind;
  const char* error = R"({"type": "t", "body": {"level": 40, "message": "m"}})";
  CHECK(formatted_line(Kind::kShort, error, style) ==
        "-                        <red>ERROR   <> - t m\n");
  CHECK(formatted_line(Kind::kPretty, error, style).starts_with("\n<red>=== t (?)<>\n{\n"));
  CHECK(formatted_line(Kind::kShort, R"({"body": {"level": 10}})", style).find("<dim>DEBUG   <>") !=
        std::string::npos);
  CHECK(formatted_line(Kind::kShort, R"({"body": {"level": 20}})", style).find('<') ==
        std::string::npos);
  CHECK(formatted_line(Kind::kShort, R"({"body": {}})", style).find('<') == std::string::npos);
  style.colours = false;
  CHECK(formatted_line(Kind::kShort, error, style).find('<') == std::string::npos);
}

TEST_CASE("what was searched for is seen in the JSON and the short form") {
  FormatStyle style;
  style.highlight = *LinePattern::compile("fail");
  using Kind = FormatSpec::Kind;
  const char* event = R"({"type": "t", "body": {"message": "failed to fail"}})";
  CHECK(formatted_line(Kind::kJson, event, style).find('<') == std::string::npos);
  style.colours = true;
  CHECK(formatted_line(Kind::kJson, event, style) ==
        "{\"type\": \"t\", \"body\": {\"message\": \"<match>fail<>ed to <match>fail<>\"}}\n");
  CHECK(formatted_line(Kind::kShort, event, style) ==
        "-                        -        - t <match>fail<>ed to <match>fail<>\n");
}

}  // namespace ox
