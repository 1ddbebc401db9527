#include "oxd/forward/shards.h"

#include <memory>

#include <fmt/format.h>

#include "common/base/status.h"

namespace ox {
namespace {

constexpr std::uint64_t kFnvStart = 0xcbf29ce484222325U;

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = kFnvStart) {
  for (char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

// FNV leaves the last bytes in the low bits: spread them before hashes are compared.
std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdU;
  x ^= x >> 33;
  return x;
}

}  // namespace

std::size_t shard_bucket(std::string_view type) { return mixed(fnv1a(type)) % kShardBuckets; }

std::size_t shard_owner(std::size_t bucket, const std::vector<std::string>& targets) {
  OX_CHECK(!targets.empty());
  std::size_t owner = 0;
  std::uint64_t best = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    std::uint64_t score = mixed(fnv1a(fmt::format("/{}", bucket), fnv1a(targets[i])));
    if (i > 0 && score <= best) continue;
    owner = i;
    best = score;
  }
  return owner;
}

std::vector<BatchPtr> shard_parts(const Batch& batch, const std::vector<bool>& mine) {
  std::vector<std::size_t> bucket_of;
  bool any = false;
  for (const PairSummary& pair : batch.pairs()) {
    bucket_of.push_back(shard_bucket(pair.type));
    any |= mine[bucket_of.back()];
  }
  if (!any) return {};
  std::vector<std::unique_ptr<BatchBuilder>> builders(kShardBuckets);
  BatchCursor cursor(batch);
  BatchEvent event;
  while (cursor.next(event)) {
    std::size_t bucket = bucket_of[event.pair];
    if (!mine[bucket]) continue;
    if (!builders[bucket]) builders[bucket] = std::make_unique<BatchBuilder>(batch.bytes().size());
    const PairSummary& pair = batch.pairs()[event.pair];
    builders[bucket]->add(pair.type, pair.host, event.end, event.body);
  }
  std::vector<BatchPtr> parts;
  for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket) {
    if (!builders[bucket]) continue;
    BatchId id{Uuid::derived(batch.id().run, std::to_string(bucket)), batch.id().seq};
    parts.push_back(builders[bucket]->seal(id, batch.header().sealed_at));
  }
  return parts;
}

}  // namespace ox
