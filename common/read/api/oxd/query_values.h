#pragma once
// What stands in the query of a request to our own API, beside what selects events.
#include <cstdint>
#include <string_view>
#include <variant>

#include "common/http/http_response.h"
#include "common/http/url.h"

namespace ox {

// A whole number; `usual` when it is not given. Or the error to answer (400).
std::variant<std::uint64_t, HttpError> number_of(const HttpPairs& query, std::string_view name,
                                                 std::uint64_t usual, std::uint64_t least,
                                                 std::uint64_t most);
// "true" or "false"; false when it is not given. Or the error to answer (400).
std::variant<bool, HttpError> flag_of(const HttpPairs& query, std::string_view name);
// The text; nullptr when it is not given, or is empty.
const std::string* text_of(const HttpPairs& query, std::string_view name);

}  // namespace ox
