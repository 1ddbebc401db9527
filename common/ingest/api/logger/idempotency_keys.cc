#include "common/ingest/api/logger/idempotency_keys.h"

namespace ox {

IdempotencyKeys::Claim IdempotencyKeys::claim(const std::string& key, std::uint64_t digest,
                                              std::string& id) {
  std::lock_guard lock(mu_);
  auto [found, added] = entries_.try_emplace(key);
  Entry& entry = found->second;
  if (added) {
    entry.digest = digest;
    order_.push_back(key);
    if (order_.size() > remembered_) {
      entries_.erase(order_.front());
      order_.pop_front();
    }
    return Claim::kNew;
  }
  if (entry.digest != digest) return Claim::kOther;
  if (entry.state == State::kUnderWay) return Claim::kUnderWay;
  id = entry.id;
  if (entry.state == State::kStored) return Claim::kStored;
  entry.state = State::kUnderWay;
  return Claim::kNew;
}

void IdempotencyKeys::settle(const std::string& key, const std::string& id, Delivery delivery) {
  std::lock_guard lock(mu_);
  auto found = entries_.find(key);
  if (found == entries_.end()) return;  // forgotten meanwhile
  Entry& entry = found->second;
  // An event that was in doubt before stays so until it is known to be stored.
  if (delivery == Delivery::kSafe) {
    entry.state = State::kStored;
    entry.id = id;
  } else if (delivery == Delivery::kInDoubt || !entry.id.empty()) {
    entry.state = State::kInDoubt;
    if (entry.id.empty()) entry.id = id;
  } else {
    // Its place in order_ stays: that only forgets another one sooner.
    entries_.erase(found);
  }
}

}  // namespace ox
