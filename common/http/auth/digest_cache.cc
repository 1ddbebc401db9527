#include "common/http/auth/digest_cache.h"

namespace ox {

bool DigestCache::contains(const Digest& digest) const {
  std::lock_guard lock(mu_);
  auto it = expires_.find(digest);
  return it != expires_.end() && clock_.mono() < it->second;
}

void DigestCache::insert(const Digest& digest) {
  if (capacity_ == 0) return;
  std::lock_guard lock(mu_);
  MonoTime now = clock_.mono();
  while (!order_.empty() && expires_.at(order_.front()) <= now) {
    expires_.erase(order_.front());
    order_.pop_front();
  }
  if (expires_.contains(digest)) return;
  if (order_.size() >= capacity_) {
    expires_.erase(order_.front());
    order_.pop_front();
  }
  expires_.emplace(digest, now + lifetime_);
  order_.push_back(digest);
}

std::size_t DigestCache::size_approx() const {
  std::lock_guard lock(mu_);
  return order_.size();
}

}  // namespace ox
