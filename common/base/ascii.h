#pragma once
// Questions about text in which only ASCII counts: names and keywords of protocols.
#include <string_view>

namespace ox {

// `text` without the blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The white space of JSON (RFC 8259, section 2).
constexpr bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace ox
