#pragma once
// UTF-8 as it arrives from anybody: decoded code point by code point, never failing.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ox {

inline constexpr std::uint32_t kReplacementCharacter = 0xfffd;

// Decodes the code point at `at` and moves `at` behind it; `at` must be below text.size(). Bytes
// that are no UTF-8 become U+FFFD, one for each maximal subpart (Unicode 15, section 3.9, "U+FFFD
// Substitution of Maximal Subparts"), as Python's errors="replace" does it.
std::uint32_t next_code_point(std::string_view text, std::size_t& at);

void append_utf8(std::string& out, std::uint32_t code_point);

// What to do with control characters (C0, DEL, C1) and the line and direction controls of Unicode:
// on a terminal they can move the cursor, change its title or reorder what is read.
enum class Controls { kKeep, kEscape };

// Appends `text` for people to read: valid UTF-8 in every case, and with kEscape controls as \x1b
// or \u202e and the backslash as \\.
void append_text(std::string& out, std::string_view text, Controls controls);

}  // namespace ox
