// A crash between any two operations of the disk while known runs leave memory, are merged, come
// back and expire: what was acknowledged is there once. And the proof that these tests would see it
// otherwise.
#include <doctest/doctest.h>

#include "common/base/log.h"
#include "tests/unit/spool/dedup_world.h"
#include "tests/unit/spool/lying_disk.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;
using Effect = SimulatedDisk::Effect;

// That sanitizer looks at threads: every point would tell it the same, very slowly.
#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kStep = 23;
#else
constexpr std::uint64_t kStep = 1;
#endif

struct Quiet {
  Quiet() {
    set_log_level(LogLevel::kError);
    set_log_sink([](LogLevel, std::string_view) {});
  }
  ~Quiet() { set_log_sink(nullptr); }
};

TEST_CASE_FIXTURE(Quiet, "the story spills, merges and expires") {
  SimulatedDisk disk(test_seed(1));
  DedupWorld world(disk, disk);
  CHECK_FALSE(world.run());
  CHECK(disk.count(Op::kCreate, "dedup-") >= 6);
  CHECK(disk.count(Op::kRemove, "dedup-") >= 3);
  CHECK(world.most_files() >= 3);
  world.finish();
  CHECK_MESSAGE(world.violations().empty(), world.report());
}

// Rules: dedup-spill, dedup-restart
TEST_CASE_FIXTURE(Quiet, "a crash at any point of spilling, merging and expiring forgets nothing") {
  Keep keep = Keep::kNothing;
  SUBCASE("with only what was synced") {}
  SUBCASE("with the first of the writes") { keep = Keep::kPrefix; }
  SUBCASE("with any of the writes") { keep = Keep::kSubset; }
  SUBCASE("of the process alone") { keep = Keep::kAll; }
  std::uint64_t seed = test_seed(1);
  bool stopped = true;
  std::uint64_t stop_at = 0;
  while (stopped) {
    stop_at += kStep;
    SimulatedDisk disk(seed + stop_at);
    INFO("OX_TEST_SEED=", seed, " stop_at=", stop_at);
    DedupWorld world(disk, disk);
    stopped = world.run(stop_at);
    world.crash(keep);
    world.finish();
    REQUIRE_MESSAGE(world.violations().empty(), world.report());
  }
  REQUIRE(stop_at > 300);
}

TEST_CASE_FIXTURE(Quiet, "nor does one while the node comes up from a crash, and spills again") {
  Keep keep = Keep::kNothing;
  SUBCASE("with only what was synced") {}
  SUBCASE("with any of the writes") { keep = Keep::kSubset; }
  std::uint64_t seed = test_seed(1);
  std::uint64_t starts = 0;
  // Behind each change of a dedup file in the story.
  std::vector<std::uint64_t> points;
  {
    SimulatedDisk disk(seed);
    DedupWorld world(disk, disk);
    (void)world.run();
    std::uint64_t change = 0;
    for (const SimulatedDisk::Call& call : disk.calls()) {
      if (!SimulatedDisk::changes_disk(call.op)) continue;
      ++change;
      if (call.path.find("dedup-") != std::string::npos) points.push_back(change + 1);
    }
  }
  REQUIRE(points.size() > 15);
  for (std::size_t point = 0; point < points.size(); point += kStep) {
    std::uint64_t stop_at = points[point];
    bool stopped = true;
    for (std::uint64_t changes = 0; stopped; changes += changes < 8 ? 1 : 5) {
      SimulatedDisk disk(seed + stop_at);
      INFO("OX_TEST_SEED=", seed, " stop_at=", stop_at, " changes=", changes);
      DedupWorld world(disk, disk);
      if (!world.run(stop_at)) break;
      world.crash(keep);
      stopped = world.start_in_vain(changes);
      world.crash(keep);
      world.finish();
      REQUIRE_MESSAGE(world.violations().empty(), world.report());
      ++starts;
    }
  }
  CHECK(starts > 150 / kStep);
}

// Rule: fail-stop
TEST_CASE_FIXTURE(Quiet, "no failed call on a dedup file, whichever it is, breaks a promise") {
  std::optional<Op> op;
  Effect effect = Effect::kEio;
  SUBCASE("any, with EIO") {}
  SUBCASE("syncs") { op = Op::kSync; }
  SUBCASE("reads that come short") {
    op = Op::kRead;
    effect = Effect::kShort;
  }
  SUBCASE("writes that come short") {
    op = Op::kWrite;
    effect = Effect::kShort;
  }
  SUBCASE("writes without space") {
    op = Op::kWrite;
    effect = Effect::kNoSpace;
  }
  bool was_hit = true;
  std::uint64_t nth = 0;
  while (was_hit) {
    nth += kStep;
    SimulatedDisk disk(test_seed(1));
    disk.inject({.op = op, .path_part = "dedup-", .nth = nth, .effect = effect});
    INFO("nth=", nth);
    DedupWorld world(disk, disk);
    (void)world.run();
    std::uint64_t calls = 0;
    for (const SimulatedDisk::Call& call : disk.calls())
      if (call.path.find("dedup-") != std::string::npos && (!op || call.op == *op)) ++calls;
    was_hit = calls >= nth;
    disk.clear_faults();
    world.crash(Keep::kNothing);
    world.finish();
    REQUIRE_MESSAGE(world.violations().empty(), world.report());
  }
  REQUIRE(nth > 5);
}

TEST_CASE_FIXTURE(Quiet, "the tests catch a dedup file that is not synced") {
  bool stopped = true;
  bool is_caught = false;
  for (std::uint64_t stop_at = 1; stopped && !is_caught; ++stop_at) {
    SimulatedDisk disk(test_seed(1) + stop_at);
    LyingDisk lying(disk, {.of = "dedup-", .file_syncs = true});
    DedupWorld world(disk, lying);
    stopped = world.run(stop_at);
    world.crash(Keep::kNothing);
    world.finish();
    is_caught = world.violated("twice") && world.violated("damage");
  }
  CHECK(is_caught);
}

}  // namespace
}  // namespace ox
