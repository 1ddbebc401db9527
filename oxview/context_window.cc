#include "oxview/context_window.h"

#include <utility>

namespace ox {

void ContextWindow::begin_source() {
  before_.clear();
  bytes_ = 0;
  left_ = 0;
  left_out_ = true;
}

void ContextWindow::begin_match(std::deque<std::string>& before) {
  before = std::exchange(before_, {});
  bytes_ = 0;
  left_ = events_;
}

bool ContextWindow::take_gap() {
  return std::exchange(shown_some_, true) & std::exchange(left_out_, false);
}

bool ContextWindow::follows(std::string_view event) {
  if (left_ > 0) {
    --left_;
    return true;
  }
  before_.emplace_back(event);
  bytes_ += event.size();
  while (!before_.empty() && (before_.size() > events_ || bytes_ > kMaxContextBytes)) {
    bytes_ -= before_.front().size();
    before_.pop_front();
    left_out_ = true;
  }
  return false;
}

}  // namespace ox
