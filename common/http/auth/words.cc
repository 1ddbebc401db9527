#include "common/http/auth/words.h"

#include "proto/utf8.h"

namespace ox {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMaxQuoted = 64;

}  // namespace

std::vector<std::string_view> words_of(std::string_view text, std::string_view also) {
  const std::string separators = std::string(kBlanks) + std::string(also);
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(separators, at)) != std::string_view::npos) {
    std::size_t end = text.find_first_of(separators, at);
    words.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos) break;
    at = end;
  }
  return words;
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  append_text(out, name.substr(0, kMaxQuoted), Controls::kEscape);
  if (name.size() > kMaxQuoted) out += "...";
  out += '"';
  return out;
}

}  // namespace ox
