#include "oxd/checkpoints.h"

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

using Op = SimulatedDisk::Op;

// A spool that a flood has gone through: two of its segments wait to be used again.
struct CheckpointsFixture {
  CheckpointsFixture() {
    SpoolOptions options;
    options.path = "/spool";
    options.segment_bytes = 2 * record_size(*make_batch(1));
    auto opened = Spool::open(disk, options, clock);
    REQUIRE(opened.ok());
    spool = std::move(*opened);
    intake = std::make_unique<Intake>(*spool, nullptr, metrics, IntakeOptions(), clock);
    checkpoints = std::make_unique<Checkpoints>(*spool, *intake, metrics, clock);
    for (std::uint64_t seq = 1; seq <= 8; ++seq)
      REQUIRE(spool->append_unsynced(make_batch(seq), clock.wall()).ok());
    REQUIRE(spool->commit().ok());
    end = spool->end();
    for (int slot = 0; slot < 2; ++slot)
      REQUIRE(spool->write_checkpoint(Dedup().snapshot(), end, "", end, Seconds(1)).ok());
    REQUIRE(spares() == 2);
  }
  std::size_t spares() const {
    std::size_t found = 0;
    for (const std::string& name : disk.names("/spool")) found += is_spare_name(name) ? 1U : 0U;
    return found;
  }

  SimulatedDisk disk;
  FakeClock clock;
  Metrics metrics;
  std::unique_ptr<Spool> spool;
  std::unique_ptr<Intake> intake;
  std::unique_ptr<Checkpoints> checkpoints;
  Position end = 0;
};

TEST_CASE_FIXTURE(CheckpointsFixture, "once nothing comes, no file waits to become a segment") {
  checkpoints->start(Millis(1), [this] { return std::vector<Position>{end}; });
  const MonoTime deadline = Clock::system().mono() + Seconds(60);
  while (spares() > 0) REQUIRE(Clock::system().mono() < deadline);
  checkpoints->stop();
}

TEST_CASE_FIXTURE(CheckpointsFixture, "a spool that is closed keeps no file for new segments") {
  checkpoints->start(Seconds(3600), [this] { return std::vector<Position>{end}; });
  CHECK(spares() == 2);
  checkpoints->stop();
  CHECK(spares() == 0);
}

}  // namespace
}  // namespace ox
