#pragma once
// Small text questions that several parsers of foreign input share.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/ascii.h"

namespace ox {

// Well-formed UTF-8 (Unicode 15, table 3-7): no surrogates, nothing overlong, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes);

// Code points, a byte that is no UTF-8 counting as one.
std::size_t count_code_points(std::string_view text);

// The longest beginning of `text` that has at most max_bytes bytes and does not end inside a
// character.
std::string_view cut_bytes(std::string_view text, std::size_t max_bytes);
// The first max_code_points characters.
std::string_view cut_code_points(std::string_view text, std::size_t max_code_points);

// Where the run of plain text inside a JSON string that begins at `at` ends: at a quote, a backslash,
// a control character, or the end.
std::size_t json_plain_end(std::string_view in, std::size_t at);

// A decimal number, "-1.5e3" or "1." or ".5", as the nearest float64: beyond the range it is
// infinite, below it zero. `text` must be such a number.
double parse_double(std::string_view text);

}  // namespace ox
