#pragma once
// MessagePack values as JSON text, character for character what Python's json.dumps() makes of them
// (CPython 3, Lib/json/encoder.py and float.__repr__): ASCII only, other characters as \uXXXX
// (pairs of surrogates above U+FFFF), floats as the shortest digits that read back the same, always
// with a fraction or an exponent, NaN and Infinity as bare words. Where Python would give up, these
// do not:
//   - text and bin are the same; what is not UTF-8 in them becomes U+FFFD;
//   - ext is {"ext": <type>, "hex": "<bytes>"};
//   - a map key that is no text is its JSON text as a string (1 -> "1", nil -> "null");
//   - a key that occurs twice is written twice.
// All append to `out` and cannot fail. Depth is bounded by the decoder (kMaxEventDepth).
#include <cstdint>
#include <string>
#include <string_view>

#include <msgpack.hpp>

namespace ox {

// One line: separators ", " and ": ", keys in the order of the wire.
void append_json(std::string& out, const msgpack::object& value);

// Many lines: keys sorted (numbers first, by value, then the rest by code point), indent 4,
// separators
// "," and ": ". The first line is not indented; the others as befits a value at nesting `level`.
void append_pretty_json(std::string& out, const msgpack::object& value, int level = 0);

// `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, double value);

}  // namespace ox
