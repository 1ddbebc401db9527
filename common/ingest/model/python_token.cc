#include "common/ingest/model/python_token.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include "common/base/ascii.h"
#include "common/ingest/model/text.h"
#include "proto/utf8.h"

namespace ox {
namespace {

constexpr std::size_t kMaxDigits = 4300;  // sys.int_info.default_max_str_digits

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

int digit_of(char c) {
  if (is_digit(c)) return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

// Digits below `base` with single underscores between them, copied without those.
std::string take_digits(std::string_view& text, int base) {
  std::string digits;
  std::size_t at = 0;
  while (at < text.size()) {
    bool underscore = text[at] == '_' && !digits.empty() && at + 1 < text.size();
    std::size_t next = underscore ? at + 1 : at;
    if (digit_of(text[next]) >= base) break;
    digits.push_back(text[next]);
    at = next + 1;
  }
  text.remove_prefix(at);
  return digits;
}

// Digits of a power of two as decimal ones: schoolbook, in words of nine digits. Empty when there
// are too many.
std::string to_decimal(std::string_view digits, unsigned bits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() * bits > kMaxDigits * 10 / 3) return "";
  constexpr std::uint64_t kWord = 1'000'000'000;
  std::vector<std::uint32_t> words = {0};  // the lowest first
  for (char c : digits) {
    auto carry = static_cast<std::uint64_t>(digit_of(c));
    for (std::uint32_t& word : words) {
      std::uint64_t value = (std::uint64_t{word} << bits) + carry;
      word = static_cast<std::uint32_t>(value % kWord);
      carry = value / kWord;
    }
    if (carry > 0) words.push_back(static_cast<std::uint32_t>(carry));
  }
  std::string out = std::to_string(words.back());
  for (std::size_t i = words.size() - 1; i-- > 0;) {
    std::string part = std::to_string(words[i]);
    out.append(9 - part.size(), '0').append(part);
  }
  return out.size() > kMaxDigits ? "" : out;
}

std::optional<PythonValue> integer(std::string digits) {
  if (digits.empty()) return std::nullopt;
  PythonValue value = PythonValue::of(PythonValue::Kind::kInt);
  value.text = std::move(digits);
  return value;
}

// Ends a number token: no name may follow directly.
std::optional<PythonValue> end_number(std::string_view rest, std::optional<PythonValue> value) {
  if (!rest.empty() && is_python_name(rest[0])) return std::nullopt;
  return value;
}

struct Prefix {
  std::size_t size = 0;
  bool raw = false;
  bool bytes = false;
  bool format = false;
};

// The prefix and whether a quote follows it.
bool read_prefix(std::string_view text, Prefix& out) {
  bool unicode = false;
  for (; out.size < text.size(); ++out.size) {
    const char c = lower(text[out.size]);
    if (c == '\'' || c == '"') {
      return !(out.bytes && out.format) && !(unicode && (out.raw || out.bytes || out.format));
    }
    bool* flag = c == 'r'   ? &out.raw
                 : c == 'b' ? &out.bytes
                 : c == 'f' ? &out.format
                 : c == 'u' ? &unicode
                            : nullptr;
    if (flag == nullptr || *flag) return false;
    *flag = true;
  }
  return false;
}

// A code point behind the text so far; two halves of a surrogate pair become one character, as they
// do on the way through JSON.
void append_code_point(std::string& out, std::uint32_t c) {
  if (c >= 0xdc00 && c < 0xe000 && out.size() >= 3) {
    std::string_view last = std::string_view(out).substr(out.size() - 3);
    if (last[0] == '\xed' && (last[1] & '\xf0') == '\xa0') {
      std::uint32_t high = static_cast<std::uint32_t>(last[1] & 0x0f) << 6 |
                           static_cast<std::uint32_t>(last[2] & 0x3f);
      out.resize(out.size() - 3);
      c = 0x10000 + (high << 10) + (c - 0xdc00);
    }
  }
  append_utf8(out, c);
}

// Exactly `count` hex digits.
bool take_hex(std::string_view& text, std::size_t count, std::uint32_t& out) {
  if (text.size() < count) return false;
  out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    int digit = digit_of(text[i]);
    if (digit > 15) return false;
    out = out * 16 + static_cast<std::uint32_t>(digit);
  }
  text.remove_prefix(count);
  return true;
}

// The escape at the front of `text`, which begins behind the backslash.
bool take_escape(std::string_view& text, bool bytes, std::string& out) {
  const char c = text[0];
  constexpr std::string_view kPlain = "\\'\"abfnrtv";
  constexpr std::string_view kMeaning = "\\'\"\a\b\f\n\r\t\v";
  std::uint32_t code = 0;
  if (c == '\n') {
    text.remove_prefix(1);
    return true;
  }
  if (std::size_t at = kPlain.find(c); at != std::string_view::npos) {
    out.push_back(kMeaning[at]);
    text.remove_prefix(1);
    return true;
  }
  if (c >= '0' && c <= '7') {
    for (int i = 0; i < 3 && !text.empty() && text[0] >= '0' && text[0] <= '7'; ++i) {
      code = code * 8 + static_cast<std::uint32_t>(text[0] - '0');
      text.remove_prefix(1);
    }
  } else if (c == 'x') {
    text.remove_prefix(1);
    if (!take_hex(text, 2, code)) return false;
  } else if (!bytes && (c == 'u' || c == 'U')) {
    text.remove_prefix(1);
    if (!take_hex(text, c == 'u' ? 4 : 8, code) || code > 0x10ffff) return false;
  } else if (!bytes && c == 'N') {
    return false;
  } else {
    out.push_back('\\');  // Python keeps what it does not know
    return true;
  }
  if (bytes) {
    out.push_back(static_cast<char>(code));
  } else {
    append_code_point(out, code);
  }
  return true;
}

}  // namespace

bool is_python_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::optional<PythonValue> take_python_number(std::string_view& text) {
  const char base = text.size() > 1 && text[0] == '0' ? lower(text[1]) : '\0';
  if (base == 'x' || base == 'o' || base == 'b') {
    text.remove_prefix(2);
    if (text.starts_with('_')) text.remove_prefix(1);
    const unsigned bits = base == 'x' ? 4 : base == 'o' ? 3 : 1;
    std::string digits = take_digits(text, 1 << bits);
    if (digits.empty()) return std::nullopt;
    return end_number(text, integer(to_decimal(digits, bits)));
  }
  std::string number = take_digits(text, 10);
  bool is_float = false;
  if (text.starts_with('.')) {
    is_float = true;
    text.remove_prefix(1);
    number += "." + take_digits(text, 10);
  }
  if (!text.empty() && lower(text[0]) == 'e') {
    std::string_view rest = text.substr(1);
    std::string sign;
    if (rest.starts_with('+') || rest.starts_with('-')) {
      if (rest[0] == '-') sign = "-";
      rest.remove_prefix(1);
    }
    std::string exponent = take_digits(rest, 10);
    if (exponent.empty()) return std::nullopt;
    is_float = true;
    number += "e" + sign + exponent;
    text = rest;
  }
  const bool imaginary = !text.empty() && lower(text[0]) == 'j';
  if (imaginary) text.remove_prefix(1);
  if (is_float || imaginary) {
    PythonValue value =
        PythonValue::of(imaginary ? PythonValue::Kind::kComplex : PythonValue::Kind::kFloat);
    (imaginary ? value.imag : value.real) = parse_double(number);
    return end_number(text, value);
  }
  if (number.size() > kMaxDigits) return std::nullopt;
  if (number[0] == '0') {
    if (number.find_first_not_of('0') != std::string::npos) return std::nullopt;
    number = "0";
  }
  return end_number(text, integer(std::move(number)));
}

bool begins_python_string(std::string_view text) {
  Prefix prefix;
  return read_prefix(text, prefix);
}

std::optional<PythonValue> take_python_string(std::string_view& text) {
  Prefix prefix;
  if (!read_prefix(text, prefix) || prefix.format) return std::nullopt;
  text.remove_prefix(prefix.size);
  const char quote = text[0];
  const bool triple = text.size() >= 3 && text[1] == quote && text[2] == quote;
  text.remove_prefix(triple ? 3 : 1);
  auto at_end = [&] {
    if (!text.starts_with(quote)) return false;
    return !triple || (text.size() >= 3 && text[1] == quote && text[2] == quote);
  };
  PythonValue value =
      PythonValue::of(prefix.bytes ? PythonValue::Kind::kBytes : PythonValue::Kind::kText);
  while (!at_end()) {
    if (text.empty() || (text[0] == '\n' && !triple)) return std::nullopt;
    const char c = text[0];
    if (prefix.bytes && static_cast<unsigned char>(c) >= 0x80) return std::nullopt;
    text.remove_prefix(1);
    if (c != '\\') {
      value.text.push_back(c);
      continue;
    }
    if (text.empty()) return std::nullopt;
    if (!prefix.raw) {
      if (!take_escape(text, prefix.bytes, value.text)) return std::nullopt;
      continue;
    }
    if (prefix.bytes && static_cast<unsigned char>(text[0]) >= 0x80) return std::nullopt;
    value.text.push_back(c);
    value.text.push_back(text[0]);
    text.remove_prefix(1);
  }
  text.remove_prefix(triple ? 3 : 1);
  return value;
}

}  // namespace ox
