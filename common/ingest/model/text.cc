#include "common/ingest/model/text.h"

#include <bit>
#include <charconv>
#include <limits>

#include "common/base/bytes.h"
#include "proto/utf8.h"

namespace ox {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the well-formed character at the front of `bytes`, which is not ASCII; 0 when there is
// none.
std::size_t multibyte_length(std::string_view bytes) {
  auto first = static_cast<unsigned char>(bytes[0]);
  auto second = static_cast<unsigned char>(bytes.size() > 1 ? bytes[1] : 0);
  if (first >= 0xc2 && first <= 0xdf) return (second & 0xc0) == 0x80 ? 2 : 0;
  unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (first < 0xe0 || first > 0xf4 || second < low || second > high) return 0;
  std::size_t length = first < 0xf0 ? 3 : 4;
  if (bytes.size() < length) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (!is_continuation(bytes[i])) return 0;
  return length;
}

// Bytes at the front that are ASCII, counted in eights.
std::size_t skip_ascii(std::string_view bytes, std::size_t at) {
  while (at + 8 <= bytes.size()) {
    if ((load_le<std::uint64_t>(bytes.data() + at) & kHighBits) != 0) break;
    at += 8;
  }
  return at;
}

// Marks the bytes that end a run of plain text: a quote, a backslash, a control character. The lowest
// mark is right; above it others may be marked. (Bit tricks of S. E. Anderson, "Bit Twiddling
// Hacks", haszero and hasless.)
std::uint64_t special_bytes(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  auto zero = [](std::uint64_t w) { return (w - kOnes) & ~w; };
  std::uint64_t quote = zero(word ^ (kOnes * '"'));
  std::uint64_t backslash = zero(word ^ (kOnes * '\\'));
  std::uint64_t control = (word - kOnes * 0x20) & ~word;
  return (quote | backslash | control) & kHighBits;
}

bool is_special(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

}  // namespace

bool is_utf8(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    at = skip_ascii(bytes, at);
    if (at == bytes.size()) break;
    if (static_cast<unsigned char>(bytes[at]) < 0x80) {
      ++at;
      continue;
    }
    std::size_t length = multibyte_length(bytes.substr(at));
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_code_point(text, at);
  return count;
}

std::string_view cut_bytes(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  // At most three bytes back to the beginning of a character; text that is no UTF-8 is cut as it is.
  for (int i = 0; i < 3 && end > 0 && is_continuation(text[end]); ++i) --end;
  if (is_continuation(text[end])) end = max_bytes;
  return text.substr(0, end);
}

std::string_view cut_code_points(std::string_view text, std::size_t max_code_points) {
  if (text.size() <= max_code_points) return text;
  std::size_t at = 0;
  for (std::size_t count = 0; count < max_code_points && at < text.size(); ++count)
    next_code_point(text, at);
  return text.substr(0, at);
}

double parse_double(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc::result_out_of_range) return value;
  // Too large or too small? That depends on where the first digit that counts stands.
  const bool negative = text[0] == '-';
  std::int64_t scale = 0;  // of that digit, as a power of ten
  bool seen = false;
  bool fraction = false;
  std::size_t at = negative ? 1 : 0;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') {
      fraction = true;
      continue;
    }
    if (!fraction && seen) ++scale;
    if (fraction && !seen) --scale;
    if (text[at] != '0') seen = true;
  }
  bool huge_exponent = false;
  bool negative_exponent = false;
  if (at < text.size()) {
    ++at;
    negative_exponent = text.substr(at).starts_with('-');
    if (negative_exponent || text.substr(at).starts_with('+')) ++at;
    std::int64_t exponent = 0;
    for (; at < text.size(); ++at) {
      if (exponent < 1'000'000'000'000)
        exponent = exponent * 10 + (text[at] - '0');
      else
        huge_exponent = true;
    }
    scale += negative_exponent ? -exponent : exponent;
  }
  bool large = huge_exponent ? !negative_exponent : scale > 0;
  double magnitude = large ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -magnitude : magnitude;
}

std::size_t json_plain_end(std::string_view in, std::size_t at) {
  while (at + 8 <= in.size()) {
    const auto word = load_le<std::uint64_t>(in.data() + at);
    if (std::uint64_t marks = special_bytes(word); marks != 0)
      return at + static_cast<std::size_t>(std::countr_zero(marks)) / 8;
    at += 8;
  }
  while (at < in.size() && !is_special(in[at])) ++at;
  return at;
}

}  // namespace ox
