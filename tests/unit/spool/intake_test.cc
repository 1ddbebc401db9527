// What the intake promises to those who give it batches; what it does without room is in
// intake_full_test.cc.
#include "common/spool/intake.h"

#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/spool/intake_fixture.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;

// Rule: ack-after-sync
TEST_CASE_FIXTURE(IntakeFixture, "all that wait are committed with one fdatasync") {
  start();
  REQUIRE(give(1));
  REQUIRE(witness.wait_for_safe(1));
  std::uint64_t before = syncs();
  witness.gate.close();
  REQUIRE(give(2));
  REQUIRE(witness.gate.wait_until_held());
  for (std::uint64_t seq = 3; seq <= 50; ++seq) REQUIRE(give(seq, 1, 1000 + seq));
  witness.gate.open();
  REQUIRE(witness.wait_for_safe(50));
  CHECK(syncs() == before + 2);  // one for the second, one for all the others
  CHECK(witness.taken() == range(1, 50));
  CHECK(witness.safe() == range(1, 50));
  CHECK(witness.tokens()[49] == 1050);
  CHECK(drain(add("out")) == range(1, 50));
}

// A group of five small batches, behind which the intake gathers.
struct GatherFixture : IntakeFixture {
  GatherFixture() { intake_options.gather = std::chrono::hours(1); }

  void begin_gathering() {
    start();
    witness.gate.close();
    REQUIRE(give(1));
    REQUIRE(witness.gate.wait_until_held());
    for (std::uint64_t seq = 2; seq <= 6; ++seq) REQUIRE(give(seq));
    witness.gate.open();
    REQUIRE(witness.wait_for_safe(6));
  }
};

TEST_CASE_FIXTURE(GatherFixture, "after a group of small batches many more share one commit") {
  intake_options.gather_batches = 100;
  begin_gathering();
  const std::uint64_t before = syncs();
  for (std::uint64_t seq = 7; seq <= 106; ++seq) REQUIRE(give(seq));
  REQUIRE(witness.wait_for_safe(106));
  CHECK(syncs() == before + 1);
  CHECK(witness.safe() == range(1, 106));
}

TEST_CASE_FIXTURE(GatherFixture, "bytes that are worth a commit are not held up by gathering") {
  begin_gathering();
  REQUIRE(give(7));
  REQUIRE(intake->submit({make_batch(8, 1, 100'000), &witness, 0, true}));
  REQUIRE(witness.wait_for_safe(8));
  REQUIRE(give(9));  // nor is what comes behind them
  REQUIRE(witness.wait_for_safe(9));
}

TEST_CASE_FIXTURE(GatherFixture, "gathering ends with the time for it, and at a stop") {
  SUBCASE("the time") {
    intake_options.gather = Millis(1);
    begin_gathering();
    REQUIRE(give(7));
    REQUIRE(witness.wait_for_safe(7));
  }
  SUBCASE("a stop") {
    begin_gathering();
    REQUIRE(give(7));
    stop();
    CHECK(witness.safe() == range(1, 7));
  }
}

// Rule: ack-after-sync
TEST_CASE_FIXTURE(IntakeFixture, "nothing is acknowledged before the sync has returned") {
  start();
  REQUIRE(give(1));
  REQUIRE(witness.wait_for_safe(1));
  Gate sync;
  sync.close();
  disk.on_call([&](const SimulatedDisk::Call& call) {
    if (call.op == Op::kSync) sync.pass();
  });
  REQUIRE(give(2));
  REQUIRE(sync.wait_until_held());
  CHECK(witness.taken() == Seqs{1, 2});
  CHECK(witness.safe() == Seqs{1});
  CHECK(add("out").name() == "out");
  CHECK(drain(*cursors["out"]) == Seqs{1});  // nor is it shown to the outputs
  // Nor do the dedup sets know it, that a checkpoint may keep.
  Position covers = 0;
  Micros uptime{};
  Dedup dedup;
  REQUIRE(dedup.restore(intake->dedup_snapshot(&covers, &uptime)).ok());
  CHECK(covers == unit());
  CHECK(dedup.look_up({test_run(), 1}) == Dedup::Seen::kCommitted);
  CHECK(dedup.look_up({test_run(), 2}) == Dedup::Seen::kNew);
  // A copy that comes now waits for the same sync.
  REQUIRE(give(2));
  CHECK(witness.safe() == Seqs{1});
  sync.open();
  REQUIRE(witness.wait_for_safe(3));
  CHECK(witness.safe() == Seqs{1, 2, 2});
  CHECK(witness.taken() == Seqs{1, 2});
  stop();
  disk.on_call({});
}

TEST_CASE_FIXTURE(IntakeFixture, "the observer sees each batch once, before it is committed") {
  start();
  witness.gate.close();
  REQUIRE(give(1));
  REQUIRE(witness.gate.wait_until_held());
  CHECK(witness.taken() == Seqs{1});
  CHECK(spool->committed() == 0);
  witness.gate.open();
  REQUIRE(witness.wait_for_safe(1));
  REQUIRE(give(1));
  REQUIRE(witness.wait_for_safe(2));
  CHECK(witness.taken() == Seqs{1});
}

// --- Copies ---

// Rule: dedup-committed
TEST_CASE_FIXTURE(IntakeFixture, "a copy is acknowledged and not stored again") {
  start();
  witness.gate.close();
  REQUIRE(give(1, 3));
  REQUIRE(witness.gate.wait_until_held());
  REQUIRE(give(2, 3));
  REQUIRE(give(1, 3, 77));  // while the first one waits for its sync
  REQUIRE(give(2, 3));      // in the same group
  CHECK(intake->waiting_events() == 12);
  witness.gate.open();
  REQUIRE(witness.wait_for_safe(4));
  REQUIRE(give(1, 3, 78));  // long after
  REQUIRE(witness.wait_for_safe(5));
  CHECK(witness.tokens().back() == 78);
  CHECK(count("intake.duplicate_batches") == 3);
  CHECK(witness.taken() == Seqs{1, 2});
  CHECK(witness.dropped().empty());
  CHECK(drain(add("out")) == Seqs{1, 2});
  CHECK(witness.wait_until([&] { return intake->waiting_events() == 0; }));
}

// Rule: dedup-restart
TEST_CASE_FIXTURE(IntakeFixture, "copies are known after a restart, from records and checkpoint") {
  options.segment_bytes = unit();
  restart();
  start();
  add("out");
  for (std::uint64_t seq = 1; seq <= 5; ++seq) REQUIRE(give(seq));
  REQUIRE(witness.wait_for_safe(5));
  drain(*cursors["out"]);
  Position covers = 0;
  Micros uptime{};
  std::string dedup = intake->dedup_snapshot(&covers, &uptime);
  CHECK(covers == 5 * unit());
  REQUIRE(spool->write_checkpoint(dedup, covers, "", covers, uptime).ok());
  REQUIRE(spool->write_checkpoint(dedup, covers, "", covers, uptime).ok());
  REQUIRE(segments().size() == 1);  // the records of the first four are gone
  REQUIRE(give(6));
  REQUIRE(witness.wait_for_safe(6));
  restart_node(Keep::kNothing);
  for (std::uint64_t seq = 1; seq <= 7; ++seq) REQUIRE(give(seq));
  REQUIRE(witness.wait_for_safe(13));
  CHECK(witness.taken() == range(1, 7));
  CHECK(count("intake.duplicate_batches") == 6);
}

// Rule: dedup-uptime
TEST_CASE_FIXTURE(IntakeFixture, "runs are forgotten after long silence, counted in uptime") {
  intake_options.dedup_age = std::chrono::hours(10);
  start();
  std::uint64_t others = 0;
  auto give_other_run = [&] {
    std::size_t before = witness.safe().size();
    REQUIRE(intake->submit({make_batch({test_run(2), ++others}), &witness, 0, true}));
    REQUIRE(witness.wait_for_safe(before + 1));
  };
  REQUIRE(give(1));
  REQUIRE(witness.wait_for_safe(1));
  bool is_known = true;
  SUBCASE("a short silence") { clock.advance(std::chrono::hours(9)); }
  SUBCASE("a long silence") {
    clock.advance(std::chrono::hours(11));
    is_known = false;
  }
  SUBCASE("a wall clock that was wrong") {
    clock.set_wall(clock.wall() + std::chrono::hours(100'000));
    clock.advance(std::chrono::hours(2));
  }
  SUBCASE("copies in between") {
    clock.advance(std::chrono::hours(6));
    REQUIRE(give(1));
    REQUIRE(witness.wait_for_safe(2));
    clock.advance(std::chrono::hours(6));
  }
  SUBCASE("a restart") {
    clock.advance(std::chrono::hours(6));
    Position covers = 0;
    Micros uptime{};
    std::string dedup = intake->dedup_snapshot(&covers, &uptime);
    REQUIRE(spool->write_checkpoint(dedup, covers, "", covers, uptime).ok());
    stop();
    clock.advance(std::chrono::hours(100));  // nobody could have sent then
    restart();
    start();
    SUBCASE("and a short silence") { clock.advance(std::chrono::hours(3)); }
    SUBCASE("and a long silence") {
      clock.advance(std::chrono::hours(5));
      is_known = false;
    }
  }
  give_other_run();  // at least an hour later: the intake looks for old runs behind it
  Seqs taken = witness.taken();
  std::size_t before = witness.safe().size();
  REQUIRE(give(1));
  REQUIRE(witness.wait_for_safe(before + 1));
  if (!is_known) taken.push_back(1);
  CHECK(witness.taken() == taken);
}

TEST_CASE_FIXTURE(IntakeFixture, "batches that are sealed here are not compared with others") {
  start();
  REQUIRE(give_unkept(1));
  REQUIRE(give_unkept(1));
  REQUIRE(witness.wait_for_safe(2));
  CHECK(witness.taken() == Seqs{1, 1});
  CHECK(count("intake.duplicate_batches") == 0);
}

// --- Failures ---

// Rule: fail-stop
TEST_CASE_FIXTURE(IntakeFixture,
                  "a failed fsync stops everything: nothing is acknowledged by a second one") {
  start();
  REQUIRE(give(1, 2));
  REQUIRE(witness.wait_for_safe(1));
  witness.gate.close();
  REQUIRE(give(2, 2));
  REQUIRE(witness.gate.wait_until_held());
  REQUIRE(give_unkept(3, 5));
  disk.inject({.op = Op::kSync, .path_part = ".seg"});
  std::uint64_t before = syncs();
  witness.gate.open();
  // Who has nobody behind him that keeps his batch is told, and it is counted; the others wait.
  REQUIRE(witness.wait_until([&] { return witness.dropped() == Seqs{3}; }));
  CHECK(spool->failed());
  REQUIRE(give(4, 7));
  REQUIRE(give(2, 2));
  REQUIRE(give_unkept(5, 11));
  REQUIRE(witness.wait_until([&] { return witness.dropped() == Seqs{3, 5}; }));
  REQUIRE(wait_until_full());
  CHECK(count("spool.dropped.failed_disk") == 16);
  CHECK(witness.safe() == Seqs{1});
  CHECK(syncs() == before + 1);
  // What was safe before still is, and its copies are acknowledged.
  REQUIRE(give(1, 2));
  REQUIRE(witness.wait_until([&] { return witness.safe() == Seqs{1, 1}; }));
  CHECK(witness.wait_until([&] { return intake->waiting_events() == 7; }));
  restart_node(Keep::kNothing);
  for (std::uint64_t seq : Seqs{1, 2, 4}) REQUIRE(give(seq, seq == 4 ? 7 : 2));
  REQUIRE(witness.wait_for_safe(5));
  CHECK(drain(add("out")) == Seqs{1, 2, 4});
}

TEST_CASE_FIXTURE(IntakeFixture, "a write error stops the spool as well") {
  start();
  disk.inject({.op = Op::kWrite, .path_part = ".seg"});
  REQUIRE(give_unkept(1, 3));
  REQUIRE(witness.wait_until([&] { return witness.dropped() == Seqs{1}; }));
  CHECK(spool->failed());
  CHECK(count("spool.dropped.failed_disk") == 3);
}

TEST_CASE_FIXTURE(IntakeFixture, "without syncs a batch is acknowledged once it is written") {
  intake_options.sync = SyncMode::kNone;
  start();
  std::uint64_t before = syncs();
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(give(seq));
  REQUIRE(witness.wait_for_safe(3));
  CHECK(syncs() == before + 1);  // of the new segment's header
  restart_node(Keep::kAll);      // a kill
  CHECK(drain(add("out")) == range(1, 3));
}

// --- Order and time ---

// Rules: clock-small, clock-large
TEST_CASE_FIXTURE(IntakeFixture,
                  "small steps back of the clock are flattened, large ones followed") {
  start();
  WallTime first = clock.wall();
  auto take = [&](std::uint64_t seq) {
    REQUIRE(give(seq));
    REQUIRE(witness.wait_for_safe(seq));
    return witness.taken_at().back();
  };
  CHECK(take(1) == first);
  clock.set_wall(first - Seconds(3600));
  CHECK(take(2) == first);
  CHECK(count("intake.clock_steps") == 0);
  clock.set_wall(first - Seconds(3601));
  CHECK(take(3) == first - Seconds(3601));
  CHECK(count("intake.clock_steps") == 1);
  clock.set_wall(first + Seconds(10));
  CHECK(take(4) == first + Seconds(10));
  clock.set_wall(first);
  restart_node(Keep::kAll);
  REQUIRE(give(5));  // the time of the last record counts over a restart
  REQUIRE(witness.wait_for_safe(5));
  CHECK(witness.taken_at().back() == first + Seconds(10));
}

TEST_CASE_FIXTURE(IntakeFixture,
                  "stopping finishes what was given before, and takes nothing after") {
  start();
  witness.gate.close();
  REQUIRE(give(1));
  REQUIRE(witness.gate.wait_until_held());
  for (std::uint64_t seq = 2; seq <= 10; ++seq) REQUIRE(give(seq));
  std::thread stopping([&] { intake->stop(); });
  // It is stopping as soon as it refuses.
  CHECK(witness.wait_until([&] {
    Submission submission{make_batch(99), &witness, 0, true};
    return !intake->try_submit(submission);
  }));
  witness.gate.open();
  stopping.join();
  CHECK_FALSE(give(100));
  CHECK_FALSE(give_unkept(101));
  Seqs safe = witness.safe();
  std::erase(safe, 99);  // those that still came in time are copies of one
  CHECK(safe == range(1, 10));
}

TEST_CASE_FIXTURE(IntakeFixture,
                  "many givers and a reader at once: everything once, all acknowledged") {
  constexpr std::uint64_t kGivers = 4;
  constexpr std::uint64_t kEach = 60;
  options.segment_bytes = 20 * unit();
  options.cache_bytes = 4 * unit();
  restart();
  start();
  Cursor& out = add("out");
  std::vector<std::thread> givers;
  for (std::uint64_t giver = 0; giver < kGivers; ++giver) {
    givers.emplace_back([&, giver] {
      for (std::uint64_t i = 1; i <= kEach; ++i) {
        std::uint64_t seq = giver * kEach + i;
        if (giver % 2 == 0) {
          (void)give_unkept(seq);
        } else {
          (void)give(seq);
          (void)give(seq);
        }
      }
    });
  }
  Seqs read;
  REQUIRE(witness.wait_until([&] {
    for (std::uint64_t seq : drain(out)) read.push_back(seq);
    return read.size() >= kGivers * kEach;
  }));
  for (std::thread& giver : givers) giver.join();
  REQUIRE(witness.wait_for_safe(kGivers * kEach * 3 / 2));
  stop();
  CHECK(read == witness.taken());
  std::sort(read.begin(), read.end());
  CHECK(read == range(1, kGivers * kEach));
  CHECK(count("intake.duplicate_batches") == kGivers / 2 * kEach);
  CHECK(witness.safe().size() == kGivers * kEach * 3 / 2);
  CHECK(out.pending_events() == 0);
}

}  // namespace
}  // namespace ox
