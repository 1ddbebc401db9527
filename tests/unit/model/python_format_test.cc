#include "common/ingest/model/python_format.h"

#include <doctest/doctest.h>

#include "tests/unit/model/packed.h"

namespace ox {
namespace {

TEST_CASE("msg % args gives what CPython gives, and an error where it raises") {
  std::size_t checked = 0;
  for (const std::string& record : read_cases("python_formats.jsonl")) {
    const std::string msg = text_at(record, "msg");
    RawValue args = *RawValue(record).find("args");
    CAPTURE(msg);
    CAPTURE(json_of(args.bytes()));
    auto text = python_format(msg, args);
    if (null_at(record, "text")) {
      CHECK_MESSAGE(!text.ok(), (text.ok() ? *text : ""));
    } else {
      CHECK_MESSAGE(text.ok(), text.status().message());
      if (text.ok()) CHECK(*text == text_at(record, "text"));
    }
    ++checked;
  }
  CHECK(checked >= 150);
}

TEST_CASE("errors are Python's own words") {
  auto words = [](std::string_view msg, std::string_view args) {
    std::string bytes = packed(args);
    return python_format(msg, RawValue(bytes)).status().message();
  };
  CHECK(words("%s %s", "[1]") == "not enough arguments for format string");
  CHECK(words("100%", "[1]") == "incomplete format");
  CHECK(words("x", "[1]") == "not all arguments converted during string formatting");
  CHECK(words("%(a)s", "[1]") == "format requires a mapping");
  CHECK(words("%(a)s", "{}") == "KeyError: 'a'");
  CHECK(words("%y", "[1]") == "unsupported format character 'y' at index 1");
}

TEST_CASE("a text over the limit is refused, however it comes about") {
  auto code = [](std::string_view msg, std::string_view args) {
    std::string bytes = packed(args);
    return python_format(msg, RawValue(bytes), 100).status().code();
  };
  CHECK(code("%100d", "[1]") == Code::kOk);
  CHECK(code("%101d", "[1]") == Code::kTooLarge);
  CHECK(code("%99999999999999999999d", "[1]") == Code::kTooLarge);
  CHECK(code("%*d", "[-1000000, 1]") == Code::kTooLarge);
  CHECK(code("%.*f", "[1000000, 1]") == Code::kTooLarge);
  CHECK(code("%.101f", "[1]") == Code::kTooLarge);
  CHECK(code("%(a)s%(a)s", R"({"a": "123456789012345678901234567890123456789012345678901"})") ==
        Code::kTooLarge);
  CHECK(code(std::string(101, 'x'), "[]") == Code::kTooLarge);
}

}  // namespace
}  // namespace ox
