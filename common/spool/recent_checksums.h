#pragma once
// The checksums of the batches that were stored last, to tell a copy of one from other bytes under
// its identity. Bounded: the oldest are forgotten. Threading: one thread.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "proto/batch.h"

namespace ox {

class RecentChecksums {
 public:
  explicit RecentChecksums(std::size_t limit) : limit_(limit) {}

  void add(const BatchId& id, std::uint32_t checksum);
  // The batch is not stored after all. Its place is free again when its turn comes.
  void forget(const BatchId& id) { known_.erase(id); }
  std::optional<std::uint32_t> find(const BatchId& id) const;
  std::size_t size() const { return known_.size(); }

 private:
  const std::size_t limit_;
  std::deque<BatchId> order_;  // oldest first; may name what was forgotten
  std::unordered_map<BatchId, std::uint32_t, BatchIdHash> known_;
};

}  // namespace ox
