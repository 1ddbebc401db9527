#pragma once
// How --forward-mode shard divides batches: each type belongs to one of 64 buckets, and each bucket
// to one target. The parts of a batch are the same whatever the targets are: part b of (run, seq)
// is (UUIDv5(run, "b"), seq), so that a part sent again, even after the targets changed, is known
// again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/batch.h"

namespace ox {

inline constexpr std::size_t kShardBuckets = 64;

// By the 64-bit FNV-1a hash of the type.
std::size_t shard_bucket(std::string_view type);

// Which of `targets` (names that stay the same) a bucket belongs to, by rendezvous hashing: when a
// target comes or goes, only its own buckets move. There must be one at least.
std::size_t shard_owner(std::size_t bucket, const std::vector<std::string>& targets);

// The parts of `batch` in those buckets for which `mine` is true, in order of the buckets. Events
// keep their order within a part.
std::vector<BatchPtr> shard_parts(const Batch& batch, const std::vector<bool>& mine);

}  // namespace ox
