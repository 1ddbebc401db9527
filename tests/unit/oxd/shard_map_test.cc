#include "oxd/forward/shard_map.h"

#include <limits>

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

const std::string kA = "link://a:1";
const std::string kB = "link://b:1";
const std::string kC = "link://c:1";

ShardMap first_map(const std::vector<std::string>& targets) {
  ShardMap map;
  map.targets = targets;
  map.from.fill(100);
  return map;
}

TEST_CASE("the same list, in whatever order, is the same generation") {
  ShardMap map = first_map({kA, kB});
  auto never = [](const std::string&) -> Position {
    FAIL("no cursor is asked for");
    return 0;
  };
  CHECK(map.with_targets({kB, kA}, never) == map);
}

// Rule: shard-moves
TEST_CASE("in the next generation every bucket goes on where its former owner stood") {
  ShardMap map = first_map({kA, kB});
  ShardMap next = map.with_targets({kB, kC}, [](const std::string& cursor) -> Position {
    if (cursor == "shard/1/" + kA) return 500;
    CHECK(cursor == "shard/1/" + kB);
    return 300;
  });
  CHECK(next.generation == 2);
  CHECK(next.targets == std::vector<std::string>{kB, kC});
  for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket) {
    bool was_a = shard_owner(bucket, map.targets) == 0;
    CHECK(next.from[bucket] == (was_a ? 500 : 300));
  }
}

TEST_CASE("a bucket never goes back behind where it stood before") {
  ShardMap map = first_map({kA});
  ShardMap next = map.with_targets({kB}, [](const std::string&) -> Position { return 0; });
  for (Position position : next.from) CHECK(position == 100);
}

TEST_CASE("buckets that were given up begin at the end of the spool, the others where they stood") {
  ShardMap map = first_map({kA, kB});
  map.give_up("shard/7/" + kA);  // of another generation
  CHECK(map == first_map({kA, kB}));
  map.give_up("shard/1/" + kA);
  map.begin_at(900);
  for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket)
    CHECK(map.from[bucket] == (shard_owner(bucket, map.targets) == 0 ? 900 : 100));
}

TEST_CASE("an output begins where the bucket begins that is furthest behind") {
  ShardMap map = first_map({kA, kB});
  std::size_t of_a = 0;
  while (shard_owner(of_a, map.targets) != 0) ++of_a;
  map.from[of_a] = 7;
  CHECK(map.start_of(kA) == 7);
  CHECK(map.start_of(kB) == 100);
  CHECK(map.start_of("link://stranger:1") == std::numeric_limits<Position>::max());
}

TEST_CASE("a map is read back as it was saved") {
  SimulatedDisk disk;
  REQUIRE(disk.make_directories("/spool").ok());
  CHECK(ShardMap::load(disk, "/spool").status().code() == Code::kNotFound);
  ShardMap map = first_map({kA, kB});
  map.generation = 9;
  map.from[63] = std::numeric_limits<Position>::max();
  REQUIRE(map.save(disk, "/spool").ok());
  disk.crash(SimulatedDisk::Keep::kNothing);
  auto loaded = ShardMap::load(disk, "/spool");
  REQUIRE(loaded.ok());
  CHECK(*loaded == map);
}

TEST_CASE("a file that is no map is named") {
  SimulatedDisk disk;
  for (const char* text : {"", "oxd shards 2\n", "oxd shards 1\n",
                           "oxd shards 1\ntarget a\nfrom x\n", "oxd shards 1\nnonsense\n"}) {
    disk.put("/spool/shards", text);
    auto loaded = ShardMap::load(disk, "/spool");
    CHECK(loaded.status().code() == Code::kCorrupt);
    CHECK(loaded.status().message().find("/spool/shards") != std::string::npos);
  }
}

}  // namespace
}  // namespace ox
