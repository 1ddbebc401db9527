#pragma once
// Remembers secret_digest()s for a while, so that what was dear to find out need not be found out
// for every request. It holds digests only: never a password.
// Bounds:    at most `capacity` of them; the oldest goes when a new one comes. Each is forgotten
//            `lifetime` after its insertion, by the clock's mono(), however often it was asked for.
// Threading: thread-safe; the clock is borrowed and must outlive it.
#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/http/auth/digest.h"

namespace ox {

class DigestCache {
 public:
  // A capacity of 0 remembers nothing.
  DigestCache(std::size_t capacity, Micros lifetime, const Clock& clock)
      : capacity_(capacity), lifetime_(lifetime), clock_(clock) {}

  bool contains(const Digest& digest) const;
  // One that is there already keeps its time.
  void insert(const Digest& digest);
  // Those that expired may still be counted.
  std::size_t size_approx() const;

 private:
  const std::size_t capacity_;
  const Micros lifetime_;
  const Clock& clock_;
  mutable std::mutex mu_;
  std::unordered_map<Digest, MonoTime, DigestHash> expires_;  // guarded by mu_
  std::deque<Digest> order_;  // guarded by mu_; by insertion, and so by expiry
};

}  // namespace ox
