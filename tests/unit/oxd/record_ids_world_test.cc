#include "tests/unit/oxd/record_ids_world.h"

#include <doctest/doctest.h>

#include "common/base/log.h"

namespace ox {
namespace {

struct Quiet {
  Quiet() {
    set_log_sink([](LogLevel, std::string_view) {});
  }
  ~Quiet() { set_log_sink(nullptr); }
};

// Rule: ids-disjoint
TEST_CASE_FIXTURE(Quiet, "no id is handed out twice, whatever clocks, crashes and networks do") {
  const std::uint64_t seed = test_seed(1);
  std::uint64_t refusals = 0;
  std::uint64_t takes = 0;
  for (std::uint64_t round = 0; round < 40; ++round) {
    CAPTURE(seed + round);
    RecordIdsWorld world(seed + round);
    for (int i = 0; i < 3000; ++i) world.step();
    REQUIRE(world.violations() == "");
    takes += world.takes();
    refusals += world.refusals();
  }
  // It was about something: most calls got ids.
  CHECK(takes > 500'000);
  CHECK(refusals < takes / 5);
}

TEST_CASE_FIXTURE(Quiet,
                  "a collector that loses its file leases nothing of what it leased before") {
  const std::uint64_t seed = test_seed(1000);
  for (std::uint64_t round = 0; round < 20; ++round) {
    CAPTURE(seed + round);
    RecordIdsWorld world(seed + round);
    world.clock_jumps = false;
    for (int i = 0; i < 1000; ++i) world.step();
    world.disk().erase("/spool/record-ids");
    world.crash(SimulatedDisk::Keep::kAll);
    for (int i = 0; i < 1000; ++i) world.step();
    REQUIRE(world.violations() == "");
  }
}

TEST_CASE_FIXTURE(Quiet,
                  "a file put back from a backup hands ids out twice, and that is seen here") {
  int seen = 0;
  for (std::uint64_t round = 0; round < 10; ++round) {
    RecordIdsWorld world(round);
    world.clock_jumps = false;
    const std::string backup = world.disk().content("/spool/record-ids");
    for (int i = 0; i < 200; ++i) world.step();
    world.disk().put("/spool/record-ids", backup);
    world.crash(SimulatedDisk::Keep::kAll);
    for (int i = 0; i < 200; ++i) world.step();
    if (!world.violations().empty()) ++seen;
  }
  CHECK(seen > 0);
}

}  // namespace
}  // namespace ox
