#include "common/read/api/oxd/query_values.h"

#include <charconv>

#include <fmt/format.h>

#include "common/read/api/oxd/event_filter_parameters.h"

namespace ox {

const std::string* text_of(const HttpPairs& query, std::string_view name) {
  const std::string* text = find_pair(query, name);
  return text == nullptr || text->empty() ? nullptr : text;
}

std::variant<std::uint64_t, HttpError> number_of(const HttpPairs& query, std::string_view name,
                                                 std::uint64_t usual, std::uint64_t least,
                                                 std::uint64_t most) {
  const std::string* text = text_of(query, name);
  if (text == nullptr) return usual;
  std::uint64_t out = 0;
  const char* last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, out);
  if (error != std::errc() || end != last || out < least || out > most)
    return invalid_parameter(fmt::format("{}: must be from {} to {}", name, least, most));
  return out;
}

std::variant<bool, HttpError> flag_of(const HttpPairs& query, std::string_view name) {
  const std::string* text = text_of(query, name);
  if (text == nullptr || *text == "false") return false;
  if (*text == "true") return true;
  return invalid_parameter(fmt::format("{}: must be true or false", name));
}

}  // namespace ox
