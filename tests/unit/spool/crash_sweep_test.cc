// A node with spool and log files loses power, or is killed, between any two operations of the disk;
// again while it recovers; and at random, thousands of times. What was acknowledged is in the files
// exactly once.
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/base/log.h"
#include "tests/support/fault_sweep.h"
#include "tests/unit/spool/sweep_world.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;

// Not within the log path, so that the claim on that is swept as well.
constexpr const char* kSpool = "/spool";
constexpr Keep kKeeps[] = {Keep::kNothing, Keep::kPrefix, Keep::kSubset, Keep::kAll};

struct QuietCrashes {
  QuietCrashes() {
    set_log_level(LogLevel::kError);
    set_log_sink([](LogLevel, std::string_view) {});
  }
  ~QuietCrashes() { set_log_sink(nullptr); }
};

// Rules: ack-after-sync, listing-first, delete-late
TEST_CASE_FIXTURE(QuietCrashes, "a crash between any two operations of a node breaks no promise") {
  std::uint64_t seed = test_seed(1);
  std::uint64_t points = 0;
  for (Keep keep : kKeeps) {
    bool stopped = true;
    for (std::uint64_t stop_at = 0; stopped; ++stop_at) {
      SimulatedDisk disk(seed + stop_at);
      INFO("OX_TEST_SEED=", seed, " stop_at=", stop_at, " keep=", static_cast<int>(keep));
      SweepWorld world(disk, kSpool);
      stopped = world.run(keep, stop_at);
      world.crash(keep);
      world.finish();
      REQUIRE_MESSAGE(world.violations().empty(), world.report());
      ++points;
    }
  }
  fmt::print("figure: {} crashes of a node, one at each point, 0 violations\n", points);
  CHECK(points > 600);
}

TEST_CASE_FIXTURE(QuietCrashes, "nor does one at any point of the recovery") {
  std::uint64_t seed = test_seed(1);
  std::uint64_t points = 0;
  for (Keep keep : kKeeps) {
    for (std::uint64_t stop_at = 5; stop_at < 200; stop_at += rounds(40, 7)) {
      bool stopped = true;
      for (std::uint64_t changes = 0; stopped; ++changes) {
        SimulatedDisk disk(seed + stop_at);
        INFO("OX_TEST_SEED=", seed, " stop_at=", stop_at, " changes=", changes,
             " keep=", static_cast<int>(keep));
        SweepWorld world(disk, kSpool);
        REQUIRE(world.run(keep, stop_at));
        world.crash(keep);
        stopped = world.start_in_vain(changes);
        world.crash(keep);
        world.finish();
        REQUIRE_MESSAGE(world.violations().empty(), world.report());
        ++points;
      }
    }
  }
  fmt::print("figure: {} crashes of a node that recovers, 0 violations\n", points);
  CHECK(points > 200);
}

TEST_CASE_FIXTURE(QuietCrashes,
                  "power that goes at random moments, again and again, breaks no promise") {
  const std::uint64_t episodes = rounds(500, 10'000);
  for (std::uint64_t episode = 0; episode < episodes; ++episode) {
    std::uint64_t seed = test_seed(7) + episode;
    INFO("OX_TEST_SEED=", seed, " (episode ", episode, " of the run)");
    std::mt19937_64 random(seed);
    SimulatedDisk disk(seed);
    SweepWorld world(disk, kSpool);
    Keep keep = kKeeps[random() % 3];
    (void)world.run(keep, random() % 260);
    world.crash(keep);
    for (std::uint64_t more = random() % 4; more > 0; --more) {
      (void)world.start_in_vain(random() % 30);
      world.crash(kKeeps[random() % std::size(kKeeps)]);
    }
    world.finish();
    REQUIRE_MESSAGE(world.violations().empty(), world.report());
  }
  fmt::print("figure: power loss: {} episodes, 0 violations\n", episodes);
}

}  // namespace
}  // namespace ox
