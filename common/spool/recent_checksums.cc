#include "common/spool/recent_checksums.h"

namespace ox {

void RecentChecksums::add(const BatchId& id, std::uint32_t checksum) {
  if (!known_.insert_or_assign(id, checksum).second) return;
  order_.push_back(id);
  while (order_.size() > limit_) {
    known_.erase(order_.front());
    order_.pop_front();
  }
}

std::optional<std::uint32_t> RecentChecksums::find(const BatchId& id) const {
  auto it = known_.find(id);
  if (it == known_.end()) return std::nullopt;
  return it->second;
}

}  // namespace ox
