// What the intake does without room: who waits, who is dropped, and that every event is accounted
// for.
#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/spool/intake_fixture.h"

namespace ox {
namespace {

using Op = SimulatedDisk::Op;

// --- In memory: the outputs are behind ---

TEST_CASE_FIXTURE(MemoryIntakeFixture,
                  "in memory a batch is safe when every output has released it") {
  open_for(10, WhenFull::kBlock);
  add("other");
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(give(seq));
  REQUIRE(witness.wait_until([&] { return witness.taken() == range(1, 3); }));
  REQUIRE(witness.wait_until([&] { return drain(*cursors["out"]).empty(); }));
  CHECK(witness.safe().empty());
  REQUIRE(cursors["other"]->next().ok());
  cursors["other"]->release(unit());
  REQUIRE(witness.wait_for_safe(1));
  CHECK(witness.safe() == Seqs{1});
  drain(*cursors["other"]);
  REQUIRE(witness.wait_for_safe(3));
}

TEST_CASE_FIXTURE(MemoryIntakeFixture, "when-full block: givers wait, and nothing is dropped") {
  intake_options.queue_bytes = 1;
  open_for(3, WhenFull::kBlock);
  for (std::uint64_t seq = 1; seq <= 4; ++seq) REQUIRE(give_unkept(seq, 1));
  REQUIRE(wait_until_full());
  REQUIRE(witness.wait_until([&] { return intake->waiting_events() == 1; }));
  Submission more{make_batch(5), &witness, 0, false};
  CHECK_FALSE(intake->try_submit(more));
  CHECK(intake->waiting_events() == 1);
  std::thread blocked([&] { (void)give_unkept(5); });
  // Those whose peers keep their batches are not blocked.
  REQUIRE(give(6));
  REQUIRE(witness.wait_until([&] { return intake->waiting_events() >= 2; }));
  Seqs all = read(6);
  blocked.join();
  std::sort(all.begin(), all.end());
  CHECK(all == range(1, 6));
  REQUIRE(witness.wait_for_safe(6));
  CHECK(witness.wait_until([&] { return !intake->full() && intake->waiting_events() == 0; }));
  CHECK(witness.dropped().empty());
}

TEST_CASE_FIXTURE(MemoryIntakeFixture, "who waits for room is not passed by others") {
  open_for(3, WhenFull::kBlock);
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(give(seq));
  REQUIRE(witness.wait_until([&] { return witness.taken().size() == 3; }));
  REQUIRE(intake->submit({make_batch(4, 2), &witness, 0, true}));  // more than one batch's room
  REQUIRE(wait_until_full());
  for (std::uint64_t seq = 5; seq <= 6; ++seq) REQUIRE(give(seq));
  REQUIRE(cursors["out"]->next().ok());
  cursors["out"]->release(unit());  // room for the fifth, not for the fourth
  REQUIRE(witness.wait_until([&] { return witness.safe() == Seqs{1}; }));
  CHECK(witness.taken() == range(1, 3));
  REQUIRE(witness.wait_until([&] {
    drain(*cursors["out"]);
    return witness.safe().size() == 6;
  }));
  CHECK(witness.taken() == range(1, 6));
}

// Rule: drops-counted
TEST_CASE_FIXTURE(MemoryIntakeFixture, "when-full drop-newest: the newest go, each event counted") {
  open_for(3, WhenFull::kDropNewest);
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(give_unkept(seq));
  for (std::uint64_t seq = 4; seq <= 6; ++seq) REQUIRE(give_unkept(seq, 10));
  REQUIRE(witness.wait_until([&] { return witness.dropped() == range(4, 6); }));
  CHECK(count("spool.dropped.newest") == 30);
  CHECK(count("spool.dropped.oldest") == 0);
  // A batch that its sender keeps is never dropped: it waits.
  REQUIRE(give(7, 2));
  REQUIRE(wait_until_full());
  CHECK(witness.dropped() == range(4, 6));
  CHECK(witness.wait_until([&] { return intake->waiting_events() == 2; }));
  CHECK(read(4) == Seqs{1, 2, 3, 7});
  REQUIRE(witness.wait_for_safe(4));
  CHECK(count("spool.dropped.newest") == 30);
}

// Rule: drops-counted
TEST_CASE_FIXTURE(MemoryIntakeFixture, "when-full drop-oldest: the oldest go, each event counted") {
  open_for(3, WhenFull::kDropOldest);
  REQUIRE(give(1));
  for (std::uint64_t seq = 2; seq <= 6; ++seq) REQUIRE(give_unkept(seq));
  REQUIRE(witness.wait_until([&] { return witness.dropped() == range(2, 4); }));
  CHECK(count("spool.dropped.oldest") == 3);
  CHECK(count("spool.dropped.newest") == 0);
  CHECK(cursors["out"]->skipped_events() == 3);
  // The first stays: its sender was not told that it is safe, and keeps it.
  CHECK(read(3) == Seqs{1, 5, 6});
  REQUIRE(witness.wait_for_safe(3));
  CHECK(witness.safe() == Seqs{1, 5, 6});
}

// Rule: withhold
TEST_CASE_FIXTURE(MemoryIntakeFixture, "drop-oldest drops nothing of those whose senders keep it") {
  open_for(3, WhenFull::kDropOldest);
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(give(seq));
  REQUIRE(give_unkept(4, 5));  // nothing can go for it but itself
  REQUIRE(witness.wait_until([&] { return witness.dropped() == Seqs{4}; }));
  CHECK(count("spool.dropped.newest") == 5);
  CHECK(count("spool.dropped.oldest") == 0);
  REQUIRE(give(5));
  REQUIRE(wait_until_full());
  CHECK(read(4) == Seqs{1, 2, 3, 5});
}

// Rule: dedup-failed
TEST_CASE_FIXTURE(MemoryIntakeFixture, "a dropped batch may come again") {
  open_for(2, WhenFull::kDropOldest);
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(give_unkept(seq));
  REQUIRE(witness.wait_until([&] { return witness.dropped() == Seqs{1}; }));
  CHECK(read(2) == Seqs{2, 3});
  REQUIRE(give(1));
  REQUIRE(witness.wait_until([&] { return witness.taken() == Seqs{1, 2, 3, 1}; }));
  CHECK(count("intake.duplicate_batches") == 0);
}

TEST_CASE_FIXTURE(MemoryIntakeFixture,
                  "copies of what waits for room are held once, and settled each") {
  open_for(1, WhenFull::kBlock);
  REQUIRE(give(1));
  REQUIRE(give(2, 1, 20));
  REQUIRE(wait_until_full());
  std::weak_ptr<const Batch> copy;
  {
    BatchPtr again = make_batch(2);
    copy = again;
    REQUIRE(intake->submit({std::move(again), &witness, 21, true}));
  }
  REQUIRE(witness.wait_until([&] { return copy.expired(); }));
  CHECK(witness.wait_until([&] { return intake->waiting_events() == 2; }));
  REQUIRE(witness.wait_until([&] {
    drain(*cursors["out"]);
    return witness.safe().size() == 3;
  }));
  Seqs tokens = witness.tokens();
  std::sort(tokens.begin(), tokens.end());
  CHECK(tokens == Seqs{0, 20, 21});
  CHECK(witness.taken() == Seqs{1, 2});
  CHECK(count("intake.duplicate_batches") == 1);
}

TEST_CASE_FIXTURE(MemoryIntakeFixture,
                  "stopping lets go of those that wait, without a word to them") {
  open_for(1, WhenFull::kBlock);
  intake_options.queue_bytes = 1;
  REQUIRE(give_unkept(1));
  REQUIRE(give(2, 4));
  REQUIRE(wait_until_full());
  intake->stop();
  CHECK(witness.safe().empty());
  CHECK(witness.dropped().empty());
  CHECK(intake->waiting_events() == 4);
}

// --- On disk: the disk, or its budget, is full ---

TEST_CASE_FIXTURE(IntakeFixture, "a full disk is tried again until there is room") {
  start();
  REQUIRE(give(1));
  REQUIRE(witness.wait_for_safe(1));
  disk.set_capacity(disk.used());
  REQUIRE(give(2));
  REQUIRE(give_unkept(3));
  REQUIRE(wait_until_full());
  CHECK_FALSE(spool->failed());
  std::uint64_t tries = disk.count(Op::kWrite, ".seg");
  REQUIRE(witness.wait_until([&] { return disk.count(Op::kWrite, ".seg") > tries; }));
  CHECK(witness.safe() == Seqs{1});
  disk.set_capacity(1 << 20);
  REQUIRE(witness.wait_for_safe(3));
  CHECK(witness.safe() == range(1, 3));
  CHECK(witness.dropped().empty());
  CHECK(drain(add("out")) == range(1, 3));
}

TEST_CASE_FIXTURE(IntakeFixture,
                  "a full disk drops only what nobody keeps, and only when told so") {
  SUBCASE("drop-newest") { intake_options.when_full = WhenFull::kDropNewest; }
  // What lies on the disk was promised to outputs: the newest goes there too.
  SUBCASE("drop-oldest") { intake_options.when_full = WhenFull::kDropOldest; }
  start();
  REQUIRE(give(1));
  REQUIRE(witness.wait_for_safe(1));
  disk.set_capacity(disk.used());
  REQUIRE(give(2));
  REQUIRE(give_unkept(3, 8));
  REQUIRE(witness.wait_until([&] { return witness.dropped() == Seqs{3}; }));
  CHECK(count("spool.dropped.newest") == 8);
  CHECK(count("spool.dropped.oldest") == 0);
  disk.set_capacity(1 << 20);
  REQUIRE(witness.wait_for_safe(2));
  CHECK(drain(add("out")) == Seqs{1, 2});
}

TEST_CASE_FIXTURE(IntakeFixture,
                  "a budget that is used up is got back from what the outputs have released") {
  options.disk_limit = 8 * unit();
  restart();
  start();
  add("out");
  REQUIRE(give(1));
  REQUIRE(witness.wait_for_safe(1));
  Position covers = 0;
  Micros uptime{};
  std::string dedup = intake->dedup_snapshot(&covers, &uptime);
  // Nothing of the store's holds segments back in this test.
  Position everything = 100 * unit();
  REQUIRE(spool->write_checkpoint(dedup, everything, "", everything, uptime).ok());
  Seqs all;
  for (std::uint64_t seq = 2; seq <= 40; ++seq) {
    REQUIRE(give(seq));
    REQUIRE(witness.wait_until([&] {
      for (std::uint64_t each : drain(*cursors["out"])) all.push_back(each);
      return witness.safe().size() == seq;
    }));
  }
  for (std::uint64_t each : read(40 - all.size())) all.push_back(each);
  CHECK(all == range(1, 40));
  CHECK(spool->stats().bytes <= 8 * unit());
  CHECK(spool->begin() > 20 * unit());
}

TEST_CASE_FIXTURE(IntakeFixture,
                  "an output that is behind keeps a full budget full, until it comes on") {
  options.disk_limit = 8 * unit();
  restart();
  start();
  add("out");
  for (std::uint64_t seq = 1; seq <= 9; ++seq) REQUIRE(give(seq));
  REQUIRE(wait_until_full());
  REQUIRE(witness.wait_for_safe(8));
  auto checkpoint_now = [&] {
    Position covers = 0;
    Micros uptime{};
    std::string dedup = intake->dedup_snapshot(&covers, &uptime);
    REQUIRE(spool->write_checkpoint(dedup, covers, "", covers, uptime).ok());
  };
  checkpoint_now();
  checkpoint_now();
  CHECK(witness.safe() == range(1, 8));
  CHECK(read(9) == range(1, 9));
  REQUIRE(witness.wait_for_safe(9));
  CHECK(witness.dropped().empty());
}

}  // namespace
}  // namespace ox
