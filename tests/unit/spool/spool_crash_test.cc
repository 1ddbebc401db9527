// A crash between any two operations of the disk, whatever the disk keeps of what was not synced:
// what was acknowledged is there once, in order, byte for byte. And the proof that these tests
// would see it otherwise: planted mistakes, each of which they must find.
#include <doctest/doctest.h>

#include "common/base/log.h"
#include "tests/unit/spool/crash_world.h"
#include "tests/unit/spool/lying_disk.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;

struct Quiet {
  Quiet() {
    set_log_level(LogLevel::kError);
    set_log_sink([](LogLevel, std::string_view) {});
  }
  ~Quiet() { set_log_sink(nullptr); }
};

TEST_CASE_FIXTURE(Quiet, "the story runs to its end and does what it says") {
  SimulatedDisk disk(test_seed(1));
  CrashWorld world(disk, disk);
  CHECK_FALSE(world.run(Keep::kNothing));
  CHECK(disk.count(Op::kCreate, ".seg") >= 8);
  CHECK(disk.count(Op::kRemove, ".seg") >= 5);
  // Three starts sync both slots; a discarded output is one more checkpoint, reclaimed space two.
  CHECK(disk.count(Op::kSync, "checkpoint") >= world.checkpoints() + 6 + 1 + 2);
  world.finish();
  CHECK_MESSAGE(world.violations().empty(), world.report());
}

// Rules: ack-after-sync, committed-only, dedup-restart, resync, segment-before-next
TEST_CASE_FIXTURE(Quiet, "a crash at any point loses nothing, repeats nothing, invents nothing") {
  Keep keep = Keep::kNothing;
  SUBCASE("with only what was synced") {}
  SUBCASE("with the first of the writes") { keep = Keep::kPrefix; }
  SUBCASE("with any of the writes") { keep = Keep::kSubset; }
  SUBCASE("of the process alone") { keep = Keep::kAll; }
  std::uint64_t seed = test_seed(1);
  bool stopped = true;
  std::uint64_t stop_at = 0;
  while (stopped) {
    SimulatedDisk disk(seed + ++stop_at);
    INFO("OX_TEST_SEED=", seed, " stop_at=", stop_at);
    CrashWorld world(disk, disk);
    stopped = world.run(keep, stop_at);
    world.crash(keep);
    world.finish();
    REQUIRE_MESSAGE(world.violations().empty(), world.report());
  }
  REQUIRE(stop_at > 150);
}

TEST_CASE_FIXTURE(Quiet, "a crash while the node comes up from a crash does no harm either") {
  Keep keep = Keep::kNothing;
  SUBCASE("with only what was synced") {}
  SUBCASE("with any of the writes") { keep = Keep::kSubset; }
  std::uint64_t seed = test_seed(1);
  std::uint64_t starts = 0;
  for (std::uint64_t stop_at = 3; stop_at < 200; stop_at += 23) {
    bool stopped = true;
    for (std::uint64_t changes = 0; stopped; ++changes) {
      SimulatedDisk disk(seed + stop_at);
      INFO("OX_TEST_SEED=", seed, " stop_at=", stop_at, " changes=", changes);
      CrashWorld world(disk, disk);
      REQUIRE(world.run(keep, stop_at));
      world.crash(keep);
      stopped = world.start_in_vain(changes);
      world.crash(keep);
      world.finish();
      REQUIRE_MESSAGE(world.violations().empty(), world.report());
      ++starts;
    }
  }
  CHECK(starts > 50);
}

// Rule: fail-stop
TEST_CASE_FIXTURE(Quiet, "a failed sync of any file of the spool breaks no promise") {
  for (const char* part : {".seg", "checkpoint"}) {
    bool was_hit = true;
    std::uint64_t nth = 0;
    while (was_hit) {
      SimulatedDisk disk(test_seed(1));
      disk.inject({.op = Op::kSync, .path_part = part, .nth = ++nth});
      INFO(std::string(part), " nth=", nth);
      CrashWorld world(disk, disk);
      (void)world.run(Keep::kNothing);
      was_hit = disk.count(Op::kSync, part) >= nth;
      disk.clear_faults();
      world.crash(Keep::kNothing);
      world.finish();
      REQUIRE_MESSAGE(world.violations().empty(), world.report());
    }
    REQUIRE(nth > 5);
  }
}

// --- The proof: with a mistake in the code, one of these tests fails ---

struct Planted {
  Lies lies = {};
  Mistakes mistakes = {};
  bool syncs_fail = false;  // each once, in a run of its own
};

// What the crash tests say about code with that mistake.
std::string verdict(const Planted& planted, Keep keep, const std::string& kind) {
  bool goes_on = true;
  for (std::uint64_t n = 1; goes_on; ++n) {
    SimulatedDisk disk(test_seed(1) + n);
    LyingDisk lying(disk, planted.lies);
    CrashWorld world(disk, lying, planted.mistakes);
    if (planted.syncs_fail) {
      disk.inject({.op = Op::kSync, .path_part = planted.lies.of, .nth = n});
      (void)world.run(keep);
      goes_on = disk.count(Op::kSync, planted.lies.of) >= n;
      disk.clear_faults();
    } else {
      goes_on = world.run(keep, n);
    }
    world.crash(keep);
    world.finish();
    if (world.violated(kind)) return kind;
  }
  return "no violation of that kind";
}

TEST_CASE_FIXTURE(Quiet, "the tests catch an acknowledgement before the fsync") {
  Planted planted{.lies = {.of = ".seg", .file_syncs = true}};
  CHECK(verdict(planted, Keep::kNothing, "lost") == "lost");
  CHECK(verdict(planted, Keep::kPrefix, "lost") == "lost");
  CHECK(verdict(planted, Keep::kSubset, "lost") == "lost");
}

TEST_CASE_FIXTURE(Quiet, "the tests catch a new segment whose directory is not synced") {
  Planted planted{.lies = {.of = "/s", .directory_syncs = true}};
  CHECK(verdict(planted, Keep::kNothing, "lost") == "lost");
  CHECK(verdict(planted, Keep::kSubset, "lost") == "lost");
}

TEST_CASE_FIXTURE(Quiet, "the tests catch dedup sets that a restart forgets") {
  Planted planted{.mistakes = {.forgets_dedup = true}};
  CHECK(verdict(planted, Keep::kAll, "twice") == "twice");
  CHECK(verdict(planted, Keep::kNothing, "twice") == "twice");
}

TEST_CASE_FIXTURE(Quiet, "the tests catch an fsync that is tried again after it failed") {
  Planted planted{.lies = {.of = ".seg", .retries_syncs = true}, .syncs_fail = true};
  CHECK(verdict(planted, Keep::kNothing, "lost") == "lost");
}

TEST_CASE_FIXTURE(Quiet, "the tests catch bytes whose CRC nobody checks") {
  // As if nothing had been checked: other bytes come back, and all CRCs agree.
  Planted planted{.lies = {.of = ".seg", .alters_batches = true}};
  CHECK(verdict(planted, Keep::kNothing, "altered") == "altered");
  // The spool does check: a bit that flips on the way costs batches, but none is altered.
  SimulatedDisk disk(test_seed(1));
  LyingDisk flipping(disk, {.of = ".seg", .flips_reads = true});
  CrashWorld world(disk, flipping);
  (void)world.run(Keep::kNothing);
  world.crash(Keep::kNothing);
  world.finish();
  CHECK(world.violated("lost"));
  CHECK_FALSE(world.violated("altered"));
}

TEST_CASE_FIXTURE(Quiet, "the tests catch a checkpoint that comes before its data") {
  Planted planted{.mistakes = {.checkpoint_before_data = true}};
  CHECK(verdict(planted, Keep::kNothing, "file") == "file");
  CHECK(verdict(planted, Keep::kNothing, "lost") == "lost");
}

TEST_CASE_FIXTURE(Quiet, "the tests catch a checkpoint slot that is not synced") {
  Planted planted{.lies = {.of = "checkpoint", .file_syncs = true}};
  CHECK(verdict(planted, Keep::kNothing, "lost") == "lost");
}

}  // namespace
}  // namespace ox
