#include "common/http/head_scanner.h"

#include <cstring>

namespace ox {

HeadScanner::State HeadScanner::scan(std::string_view data) {
  while (at_ < data.size()) {
    char first = data[line_];
    if (line_ > 0 && (first == ' ' || first == '\t')) return State::kFolded;
    const void* found = std::memchr(data.data() + at_, '\n', data.size() - at_);
    if (!found) {
      at_ = data.size();
      return State::kIncomplete;
    }
    auto end = static_cast<std::size_t>(static_cast<const char*>(found) - data.data());
    if (end == 0 || data[end - 1] != '\r') return State::kBareLineFeed;
    at_ = end + 1;
    if (end - 1 == line_) return State::kComplete;
    line_ = at_;
  }
  return State::kIncomplete;
}

}  // namespace ox
