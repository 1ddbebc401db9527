#include "proto/utf8.h"

#include <doctest/doctest.h>

namespace ox {

static std::string shown(std::string_view text, Controls controls) {
  std::string out;
  append_text(out, text, controls);
  return out;
}

TEST_CASE("every code point that UTF-8 can hold comes back") {
  for (std::uint32_t c = 0; c <= 0x10ffff; ++c) {
    if (c == 0xd800) c = 0xe000;  // surrogates are none
    std::string bytes;
    append_utf8(bytes, c);
    std::size_t at = 0;
    if (next_code_point(bytes, at) != c || at != bytes.size()) FAIL("code point " << c);
  }
}

TEST_CASE("decoding stops inside no sequence of bytes and always moves on") {
  // All sequences of three bytes that could begin one, cut at every length.
  for (int lead = 0x80; lead < 0x100; ++lead) {
    for (int second = 0; second < 0x100; second += 0x0f) {
      for (std::size_t size = 1; size <= 3; ++size) {
        std::string bytes{static_cast<char>(lead), static_cast<char>(second), '\x80'};
        bytes.resize(size);
        std::size_t at = 0;
        while (at < bytes.size()) {
          std::size_t before = at;
          std::uint32_t c = next_code_point(bytes, at);
          CHECK(at > before);
          CHECK(at <= bytes.size());
          CHECK((c < 0xd800 || c > 0xdfff));
        }
      }
    }
  }
}

TEST_CASE("text that is kept stays as it is, but for invalid UTF-8") {
  CHECK(shown("a\x1b[2J\n\xc3\xa9\\", Controls::kKeep) == "a\x1b[2J\n\xc3\xa9\\");
  CHECK(shown("\xff", Controls::kKeep) == "\xef\xbf\xbd");
}

TEST_CASE("text for a terminal cannot control it") {
  CHECK(shown("a\x1b[2J\n\x7f", Controls::kEscape) == R"(a\x1b[2J\x0a\x7f)");
  CHECK(shown("\xc2\x9b", Controls::kEscape) == R"(\x9b)");        // CSI in one character
  CHECK(shown("\xe2\x80\xae", Controls::kEscape) == R"(\u202e)");  // right-to-left override
  CHECK(shown("\\x1b", Controls::kEscape) == R"(\\x1b)");          // an escape cannot be faked
  CHECK(shown("\xc3\xa9", Controls::kEscape) == "\xc3\xa9");
}

}  // namespace ox
