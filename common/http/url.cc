#include "common/http/url.h"

#include <fmt/format.h>

namespace ox {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that the escape at `at` stands for, or -1.
int escaped_byte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return -1;
  int high = hex_digit(text[at + 1]);
  int low = hex_digit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

std::optional<std::string> decode_path(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    int byte = escaped_byte(text, i);
    if (byte < 0) return std::nullopt;
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

std::string decode_form(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (int byte; text[i] == '%' && (byte = escaped_byte(text, i)) >= 0) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

Result<HttpPairs> parse_pairs(std::string_view text, std::size_t max_pairs) {
  HttpPairs pairs;
  while (!text.empty()) {
    std::size_t end = text.find('&');
    std::string_view piece = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (piece.empty()) continue;
    if (pairs.size() == max_pairs)
      return Status(Code::kTooLarge, fmt::format("more than {} fields in the form", max_pairs));
    std::size_t equals = piece.find('=');
    pairs.emplace_back(
        decode_form(piece.substr(0, equals)),
        equals == std::string_view::npos ? std::string() : decode_form(piece.substr(equals + 1)));
  }
  return pairs;
}

const std::string* find_pair(const HttpPairs& pairs, std::string_view key) {
  for (const auto& [name, value] : pairs)
    if (name == key) return &value;
  return nullptr;
}

}  // namespace ox
