#include "oxd/stream/subscriptions.h"

#include <algorithm>

namespace ox {

void Subscriptions::take(std::string_view message) {
  if (message.empty() || (message[0] != 0 && message[0] != 1)) return;
  std::string_view prefix = message.substr(1);
  if (message[0] == 1) {
    ++peers_of_[std::string(prefix)];
    ++count_;
    longest_ = std::max(longest_, prefix.size());
    return;
  }
  auto it = peers_of_.find(prefix);
  if (it == peers_of_.end()) return;
  --count_;
  if (--it->second == 0) peers_of_.erase(it);
}

bool Subscriptions::match(std::string_view type) const {
  if (count_ == 0) return false;
  std::size_t most = std::min(type.size(), longest_);
  for (std::size_t length = 0; length <= most; ++length)
    if (peers_of_.contains(type.substr(0, length))) return true;
  return false;
}

}  // namespace ox
