#include "common/ingest/api/elasticsearch/es_index.h"

#include <algorithm>
#include <cstddef>

#include "common/base/ascii.h"

namespace ox {
namespace {

constexpr std::size_t kRolloverDigits = 6;

bool is_separator(char c) { return c == '-' || c == '.' || c == '_'; }

// Digits at the end of `text`.
std::string_view last_digits(std::string_view text) {
  std::size_t at = text.size();
  while (at > 0 && is_digit(text[at - 1])) --at;
  return text.substr(at);
}

int value_of(std::string_view digits) {
  int value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool is_year(std::string_view digits) {
  return digits.size() == 4 && value_of(digits) >= 1970 && value_of(digits) < 2200;
}

// "20261121", "2026112107" and "202611".
bool is_packed_date(std::string_view digits) {
  if (digits.size() != 6 && digits.size() != 8 && digits.size() != 10) return false;
  auto in = [&](std::size_t at, int least, int most) {
    if (digits.size() <= at) return true;
    const int value = value_of(digits.substr(at, 2));
    return value >= least && value <= most;
  };
  return is_year(digits.substr(0, 4)) && in(4, 1, 12) && in(6, 1, 31) && in(8, 0, 23);
}

// `text` without "-" and what `size` says of its end.
std::string_view before(std::string_view text, std::size_t size) {
  return text.size() > size && is_separator(text[text.size() - size - 1])
             ? text.substr(0, text.size() - size - 1)
             : text;
}

// "2026.11.21", with one of '.', '-' and '_' between up to four numbers, the first a year; at least a
// month or a week.
std::string_view without_date(std::string_view text) {
  if (std::string_view digits = last_digits(text); is_packed_date(digits))
    return before(text, digits.size());
  std::string_view rest = text;
  char separator = 0;
  for (int number = 0; number < 4; ++number) {
    std::string_view digits = last_digits(rest);
    if (number > 0 && is_year(digits)) {
      const std::size_t end = rest.size() - digits.size();
      return before(text, text.size() - end);
    }
    if (digits.size() != 2 || value_of(digits) > 53) return text;
    rest.remove_suffix(digits.size());
    if (rest.empty() || !is_separator(rest.back())) return text;
    if (separator != 0 && rest.back() != separator) return text;
    separator = rest.back();
    rest.remove_suffix(1);
  }
  return text;
}

}  // namespace

std::string_view index_family(std::string_view index) {
  std::string_view family = index;
  if (family.starts_with('<') && family.ends_with('>')) {
    family = family.substr(1, family.size() - 2);
    family = family.substr(0, family.find('{'));
  } else {
    if (last_digits(family).size() == kRolloverDigits && !is_packed_date(last_digits(family)))
      family = before(family, kRolloverDigits);
    family = without_date(family);
  }
  while (!family.empty() && is_separator(family.back())) family.remove_suffix(1);
  return family.empty() ? index : family;
}

}  // namespace ox
