#include "common/ingest/api/splunk/hec_channels.h"

#include "common/base/ascii.h"

namespace ox {

bool is_hec_channel(std::string_view text) {
  constexpr std::size_t kGuid = 36;
  if (text.size() != kGuid) return false;
  for (std::size_t i = 0; i < kGuid; ++i) {
    const char c = text[i];
    const char lower = static_cast<char>(c | 0x20);
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !is_digit(c) && (lower < 'a' || lower > 'f')) return false;
  }
  return true;
}

std::uint64_t HecChannels::give(std::string_view channel) {
  std::lock_guard lock(mu_);
  if (auto found = channels_.find(channel); found != channels_.end()) {
    used_.splice(used_.begin(), used_, found->second);
    return found->second->second++;
  }
  if (used_.size() >= most_) {
    channels_.erase(used_.back().first);
    used_.pop_back();
  }
  used_.emplace_front(std::string(channel), 1);
  channels_.emplace(used_.front().first, used_.begin());
  return 0;
}

bool HecChannels::given(std::string_view channel, std::uint64_t id) {
  std::lock_guard lock(mu_);
  auto found = channels_.find(channel);
  if (found == channels_.end()) return false;
  used_.splice(used_.begin(), used_, found->second);
  return id < found->second->second;
}

}  // namespace ox
