#include "proto/utf8.h"

#include <fmt/format.h>

namespace ox {
namespace {

// True for what may change how a terminal shows the text around it.
bool is_control(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::uint32_t lead = byte(at++);
  if (lead < 0x80) return lead;
  // Length, and the range of the second byte, by lead byte (Unicode 15, table 3-7).
  std::size_t more = 0;
  std::uint32_t low = 0x80;
  std::uint32_t high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    more = 1;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    more = 2;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    more = 3;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return kReplacementCharacter;
  }
  std::uint32_t code_point = lead & (0x3fU >> more);
  for (; more > 0; --more) {
    if (at == text.size() || byte(at) < low || byte(at) > high) return kReplacementCharacter;
    code_point = code_point << 6 | (byte(at++) & 0x3fU);
    low = 0x80;
    high = 0xbf;
  }
  return code_point;
}

void append_utf8(std::string& out, std::uint32_t c) {
  auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xc0 | c >> 6);
    push(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    push(0xe0 | c >> 12);
    push(0x80 | (c >> 6 & 0x3f));
    push(0x80 | (c & 0x3f));
  } else {
    push(0xf0 | c >> 18);
    push(0x80 | (c >> 12 & 0x3f));
    push(0x80 | (c >> 6 & 0x3f));
    push(0x80 | (c & 0x3f));
  }
}

void append_text(std::string& out, std::string_view text, Controls controls) {
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t c = next_code_point(text, at);
    if (controls == Controls::kEscape && c == '\\') {
      out += "\\\\";
    } else if (controls == Controls::kEscape && is_control(c)) {
      out += c < 0x100 ? fmt::format("\\x{:02x}", c) : fmt::format("\\u{:04x}", c);
    } else {
      append_utf8(out, c);
    }
  }
}

}  // namespace ox
