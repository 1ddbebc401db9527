#include "common/ingest/api/logger/json_slices.h"

#include <algorithm>

namespace ox {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool ended() {
    skip_space();
    return at_ == text_.size();
  }

  // A string, with its quotes; a number or a word; or all of an array or an object.
  std::string_view take_value() {
    skip_space();
    const std::size_t begin = at_;
    std::size_t depth = 0;
    do {
      if (at_ == text_.size()) break;
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
      } else if (c == '[' || c == '{') {
        ++depth;
        ++at_;
      } else if (c == ']' || c == '}') {
        if (depth == 0) break;
        --depth;
        ++at_;
      } else if (depth > 0) {
        ++at_;
      } else {
        at_ = std::min(text_.find_first_of(" \t\r\n,:]}", at_), text_.size());
      }
    } while (depth > 0);
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string_view> json_member(std::string_view object, std::string_view key) {
  std::optional<std::string_view> out;
  Scanner scanner(object);
  if (!scanner.take('{')) return out;
  do {
    std::string_view name = scanner.take_value();
    if (!scanner.take(':')) break;
    std::string_view value = scanner.take_value();
    if (name.size() == key.size() + 2 && name.substr(1, key.size()) == key) out = value;
  } while (scanner.take(','));
  return out;
}

std::vector<std::string_view> json_elements(std::string_view array) {
  std::vector<std::string_view> out;
  Scanner scanner(array);
  if (!scanner.take('[') || scanner.take(']')) return out;
  do {
    std::string_view element = scanner.take_value();
    if (element.empty()) break;
    out.push_back(element);
  } while (scanner.take(','));
  return out;
}

}  // namespace ox
