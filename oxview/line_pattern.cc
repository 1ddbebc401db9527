#include "oxview/line_pattern.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <re2/re2.h>

namespace ox {
namespace {

constexpr std::int64_t kMostPatternMemory = 64 << 20;

bool is_word_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// What a line has for values that are no text.
bool is_json_word(std::string_view word) {
  constexpr std::array<std::string_view, 7> kWords = {"true", "false",    "null", "NaN",
                                                      "ext",  "Infinity", "hex"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

// Of an expression that is plain text: its words but the first and last, of which it may have a part
// only. Those that begin with a letter: digits may be a part of a number that is no whole one. A
// backslash, which would make a letter of the line something else, is no plain text.
std::vector<std::string> certain_words(std::string_view text) {
  if (text.find_first_of("\\.+*?()|[]{}^$") != std::string_view::npos) return {};
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    const bool whole = at > 0 && end < text.size() && !word.empty();
    if (whole && std::isdigit(static_cast<unsigned char>(word[0])) == 0 && !is_json_word(word))
      words.emplace_back(word);
    at = end + 1;
  }
  return words;
}

}  // namespace

struct LinePattern::Compiled {
  explicit Compiled(const std::string& text, const RE2::Options& options)
      : expression(text, options) {}
  RE2 expression;
};

Result<LinePattern> LinePattern::compile(const std::string& expression) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostPatternMemory);
  auto compiled = std::make_shared<Compiled>(expression, options);
  if (!compiled->expression.ok()) return Status(Code::kInvalid, compiled->expression.error());
  LinePattern pattern;
  pattern.compiled_ = std::move(compiled);
  pattern.words_ = certain_words(expression);
  return pattern;
}

bool LinePattern::matches(std::string_view line) const {
  return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), compiled_->expression);
}

std::optional<std::pair<std::size_t, std::size_t>> LinePattern::find(std::string_view line,
                                                                     std::size_t from) const {
  const re2::StringPiece text(line.data(), line.size());
  re2::StringPiece match;
  if (!compiled_->expression.Match(text, from, line.size(), RE2::UNANCHORED, &match, 1))
    return std::nullopt;
  const auto begin = static_cast<std::size_t>(match.data() - text.data());
  return std::pair(begin, begin + match.size());
}

}  // namespace ox
