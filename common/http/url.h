#pragma once
// Percent-encoding and the pairs of queries and forms (RFC 3986; the "+" rule is that of
// application/x-www-form-urlencoded, WHATWG URL section 5.1).
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace ox {

// In the order sent; keys may repeat.
using HttpPairs = std::vector<std::pair<std::string, std::string>>;

// "%41" becomes "A"; "+" stays. nullopt when a "%" is not followed by two hexadecimal digits.
std::optional<std::string> decode_path(std::string_view text);

// "%41" becomes "A" and "+" a space. A "%" without two hexadecimal digits stays as it is, as in
// browsers and in Python's urllib.
std::string decode_form(std::string_view text);

// "a=1&b=&c" gives (a,1) (b,"") (c,""); empty pieces between "&" are passed over. Error: kTooLarge
// when there are more than `max_pairs`.
Result<HttpPairs> parse_pairs(std::string_view text, std::size_t max_pairs = 10'000);

// The first value of `key`, or nullptr. The pointer is good as long as `pairs` is not changed.
const std::string* find_pair(const HttpPairs& pairs, std::string_view key);

}  // namespace ox
