#include "oxd/write/write_stage.h"

#include <doctest/doctest.h>

#include "common/spool/checkpoint.h"
#include "common/spool/intake.h"
#include "common/store/log_listing.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

const std::string kWritten = "20170714/alpha-20170714.log";

// A spool on a disk, and the files output behind it.
struct WriteStageFixture : BatchGiver, TailFeed {
  WriteStageFixture() {
    SpoolOptions spool_options;
    spool_options.path = "/spool";
    auto opened = Spool::open(disk, spool_options, clock);
    REQUIRE(opened.ok());
    spool = std::move(*opened);
    intake = std::make_unique<Intake>(*spool, nullptr, metrics, IntakeOptions(), clock);
    checkpoints = std::make_unique<Checkpoints>(*spool, *intake, metrics, clock);
    WriteOptions write_options;
    write_options.files.directory = "/logs";
    TailFeed& tail = *this;
    write = std::make_unique<WriteStage>(disk, *spool, *checkpoints, tail, metrics, clock,
                                         write_options);
    REQUIRE(write->open().ok());
    write->start();
    intake->start();
  }
  ~WriteStageFixture() override {
    intake->stop();
    write->stop();
  }
  void settled(std::uint64_t, const BatchId&, Settled) override {}
  bool tail_wanted() const override { return false; }
  void publish_tail(const BatchPtr&, std::shared_ptr<const TailPlaces>) override {}

  void write_event() {
    BatchBuilder builder(1);
    builder.add("alpha", "host", 1.5, "\x81\xa1\x61\x01");
    intake->submit({builder.seal({test_run(), 1}, clock.wall()), this, 1, true});
    REQUIRE(until([this] { return metrics.counter("write.events").value() == 1; }));
    REQUIRE(until([this] {
      write->checkpoint_soon();
      return write->released() >= spool->end();
    }));
  }
  template <typename Done>
  bool until(Done done) {
    const MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!done())
      if (Clock::system().mono() > deadline) return false;
    return true;
  }
  // How many of the two checkpoints list this log file.
  int slots_with(const std::string& path) const {
    int found = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      auto slot = decode_checkpoint_slot(disk.content("/spool/" + checkpoint_slot_name(i)));
      REQUIRE(slot.state == CheckpointSlot::State::kWhole);
      auto listed = decode_listing(slot.checkpoint.store);
      REQUIRE(listed.ok());
      for (const ListedFile& file : *listed) found += file.path == path;
    }
    return found;
  }

  SimulatedDisk disk;
  FakeClock clock;
  Metrics metrics;
  std::unique_ptr<Spool> spool;
  std::unique_ptr<Intake> intake;
  std::unique_ptr<Checkpoints> checkpoints;
  std::unique_ptr<WriteStage> write;
};

}  // namespace

TEST_CASE_FIXTURE(
    WriteStageFixture,
    "a log file is changed only when the writer and both checkpoints know it no more") {
  write_event();
  int changes = 0;
  auto change = [&] {
    ++changes;
    CHECK(slots_with(kWritten) == 0);
    return ok_status();
  };
  CHECK(write->change_closed(kWritten, change).code() == Code::kUnavailable);
  CHECK(changes == 0);
  CHECK(slots_with(kWritten) > 0);
  clock.advance(Seconds(120));  // it closes what was not written for so long
  CHECK(until([&] { return write->change_closed(kWritten, change).ok(); }));
  CHECK(changes == 1);
}

TEST_CASE_FIXTURE(WriteStageFixture, "what a change says is what its caller is told") {
  write_event();
  auto fails = [] { return Status(Code::kIo, "the disk"); };
  CHECK(write->change_closed("20010101/old-20010101.log", fails).code() == Code::kIo);
}

TEST_CASE_FIXTURE(
    WriteStageFixture,
    "a batch whose files cannot all be made goes on at the event that could not be added") {
  disk.inject({.op = SimulatedDisk::Op::kCreate,
               .path_part = "beta",
               .times = SimulatedDisk::kForever,
               .effect = SimulatedDisk::Effect::kEio});
  BatchBuilder builder(1 << 20);
  builder.add("alpha", "host", 1.5, "\x81\xa1\x61\x01");
  builder.add("beta", "host", 1.5, "\x81\xa1\x61\x02");
  builder.add("alpha", "host", 1.5, "\x81\xa1\x61\x03");
  intake->submit({builder.seal({test_run(), 1}, clock.wall()), this, 1, true});
  REQUIRE(until([this] { return metrics.counter("write.failures").value() > 0; }));
  CHECK(metrics.counter("write.events").value() == 0);
  disk.clear_faults();
  clock.advance(Seconds(1));
  REQUIRE(until([this] { return metrics.counter("write.events").value() == 3; }));
  REQUIRE(until([this] {
    write->checkpoint_soon();
    return write->released() >= spool->end();
  }));
  CHECK(disk.content("/logs/20170714/alpha-20170714.log") == "\x81\xa1\x61\x01\x81\xa1\x61\x03");
  CHECK(disk.content("/logs/20170714/beta-20170714.log") == "\x81\xa1\x61\x02");
}

}  // namespace ox
