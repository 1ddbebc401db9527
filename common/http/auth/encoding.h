#pragma once
// Hex and base64 as credentials carry them, read strictly: there is one text for each byte string,
// but for the case of hex digits.
#include <optional>
#include <string>
#include <string_view>

namespace ox {

// Pairs of hex digits of either case, nothing between them; "" is no bytes. Nothing when it is
// anything else.
std::optional<std::string> decode_hex(std::string_view text);

// RFC 4648, section 4: the standard alphabet, padded with '=' to a multiple of four, unused bits
// zero; no blanks, no line ends. "" is no bytes. Nothing when it is anything else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace ox
