#include "oxd/forward/shards.h"

#include <map>
#include <set>

#include <doctest/doctest.h>

#include "batch_of.h"

namespace ox {
namespace {

std::vector<bool> buckets(const std::vector<std::size_t>& wanted) {
  std::vector<bool> mine(kShardBuckets);
  for (std::size_t bucket : wanted) mine[bucket] = true;
  return mine;
}

TEST_CASE("types spread over the buckets") {
  std::set<std::size_t> used;
  for (int n = 0; n < 1000; ++n) {
    std::size_t bucket = shard_bucket("type" + std::to_string(n));
    CHECK(bucket < kShardBuckets);
    used.insert(bucket);
  }
  CHECK(used.size() == kShardBuckets);
}

TEST_CASE("buckets spread over the targets, and only a lost target's buckets move") {
  const std::vector<std::string> three = {"link://a:1", "link://b:1", "link://c:1"};
  const std::vector<std::string> two = {"link://a:1", "link://c:1"};
  std::map<std::string, int> owned;
  for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket) {
    const std::string& before = three[shard_owner(bucket, three)];
    ++owned[before];
    if (before != "link://b:1") CHECK(two[shard_owner(bucket, two)] == before);
  }
  for (const std::string& target : three) CHECK(owned[target] >= 8);
}

TEST_CASE("the order in which targets are named decides nothing") {
  const std::vector<std::string> one = {"link://a:1", "link://b:1"};
  const std::vector<std::string> other = {"link://b:1", "link://a:1"};
  for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket)
    CHECK(one[shard_owner(bucket, one)] == other[shard_owner(bucket, other)]);
}

TEST_CASE("the parts of a batch have each of its events once, in order") {
  std::vector<std::pair<std::string, std::string>> events;
  for (int n = 0; n < 200; ++n) events.emplace_back("type" + std::to_string(n % 50), "h");
  BatchPtr batch = batch_of(events);
  std::multiset<std::string> seen;
  for (const BatchPtr& part : shard_parts(*batch, std::vector<bool>(kShardBuckets, true))) {
    std::map<std::string, int> last;
    for (const std::string& body : bodies_of(*part)) {
      seen.insert(body);
      std::size_t at = body.find('t');
      int number = std::stoi(body.substr(0, at));
      auto [it, fresh] = last.emplace(body.substr(at), number);
      CHECK((fresh || it->second < number));
      it->second = number;
    }
  }
  std::vector<std::string> all = bodies_of(*batch);
  CHECK(seen == std::multiset<std::string>(all.begin(), all.end()));
}

// Rule: shard-identity
TEST_CASE("a part is the same, identity and bytes, whoever else gets parts") {
  BatchPtr batch = batch_of({{"a", "h"}, {"b", "h"}, {"c", "h"}, {"a", "h2"}});
  const std::size_t bucket = shard_bucket("a");
  auto alone = shard_parts(*batch, buckets({bucket}));
  REQUIRE(alone.size() == 1);
  CHECK(alone[0]->id().seq == batch->id().seq);
  CHECK(alone[0]->id().run != batch->id().run);
  for (const BatchPtr& part : shard_parts(*batch, std::vector<bool>(kShardBuckets, true)))
    if (part->id() == alone[0]->id()) CHECK(part->bytes() == alone[0]->bytes());
}

TEST_CASE("parts of different buckets, and of different batches, have different identities") {
  std::set<std::pair<std::string, std::uint64_t>> ids;
  std::size_t parts = 0;
  for (std::uint64_t seq = 1; seq <= 2; ++seq) {
    BatchPtr batch = batch_of({{"a", "h"}, {"b", "h"}, {"c", "h"}, {"d", "h"}}, seq);
    for (const BatchPtr& part : shard_parts(*batch, std::vector<bool>(kShardBuckets, true))) {
      ids.emplace(part->id().run.to_string(), part->id().seq);
      ++parts;
    }
  }
  CHECK(ids.size() == parts);
  CHECK(parts >= 2);
}

TEST_CASE("a batch without anything for our buckets has no parts") {
  BatchPtr batch = batch_of({{"a", "h"}});
  CHECK(shard_parts(*batch, buckets({(shard_bucket("a") + 1) % kShardBuckets})).empty());
}

}  // namespace
}  // namespace ox
