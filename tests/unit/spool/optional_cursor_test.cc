// Outputs that may miss events: they hold the spool only as long as there is room.
#include <doctest/doctest.h>

#include "tests/unit/spool/intake_fixture.h"

namespace ox {
namespace {

// --- The spool ---

// Rule: optional-skipped
TEST_CASE_FIXTURE(MemorySpoolFixture,
                  "in memory an optional cursor is moved past the oldest record, and no further") {
  add("out");
  add("copy").set_optional(true);
  fill(1, 4, 5);
  CHECK_FALSE(spool->skip_optional());  // the other one still needs it
  REQUIRE(cursors["out"]->next().ok());
  cursors["out"]->release(cursors["out"]->position());
  CHECK(spool->skip_optional());
  CHECK_FALSE(spool->skip_optional());
  CHECK(cursors["copy"]->passed_over_events() == 5);
  CHECK(cursors["copy"]->pending_events() == 15);
  CHECK(cursors["out"]->passed_over_events() == 0);
  CHECK(spool->stats().batches == 3);
  CHECK(drain(*cursors["copy"]) == range(2, 4));
  CHECK(cursors["copy"]->pending_events() == 0);
  CHECK(drain(*cursors["out"]) == range(2, 4));
}

// Rule: optional-skipped
TEST_CASE_FIXTURE(MemorySpoolFixture, "in memory what is safe does not wait for optional cursors") {
  add("out");
  add("copy").set_optional(true);
  Position end = fill(1, 3);
  CHECK(spool->safe_position() == 0);
  drain(*cursors["out"]);
  CHECK(spool->safe_position() == end);
  CHECK(drain(*cursors["copy"]) == range(1, 3));
  cursors["copy"]->set_optional(false);
  end = fill(4, 4);
  drain(*cursors["out"]);
  CHECK(spool->safe_position() < end);
}

TEST_CASE_FIXTURE(MemorySpoolFixture, "a record may be released although it was passed over") {
  add("out");
  add("copy").set_optional(true);
  fill(1, 3, 2);
  drain(*cursors["out"]);
  REQUIRE(cursors["copy"]->next().ok());
  Position first = cursors["copy"]->position();
  REQUIRE(cursors["copy"]->next().ok());
  Position second = cursors["copy"]->position();
  CHECK(spool->skip_optional());
  CHECK(cursors["copy"]->passed_over_events() == 2);
  cursors["copy"]->release(first);
  CHECK(cursors["copy"]->pending_events() == 4);
  cursors["copy"]->release(second);
  CHECK(cursors["copy"]->pending_events() == 2);
  CHECK(drain(*cursors["copy"]) == Seqs{3});
  CHECK(cursors["copy"]->pending_events() == 0);
}

struct OnDisk : SpoolTest {
  OnDisk() {
    options.disk_limit = 16 * unit();
    open();
  }
};

// Rule: optional-skipped
TEST_CASE_FIXTURE(OnDisk, "on disk an optional cursor is moved past the oldest segment") {
  add("out");
  add("copy").set_optional(true);
  Position end = fill(1, 16);
  REQUIRE_FALSE(spool->has_room(unit()));
  drain(*cursors["out"]);
  CHECK_FALSE(spool->skip_optional());  // no checkpoint is past it
  REQUIRE(checkpoint(3 * unit()).ok());
  CHECK_FALSE(spool->skip_optional());
  REQUIRE(checkpoint(4 * unit()).ok());
  CHECK_FALSE(spool->reclaim());
  CHECK(spool->skip_optional());
  CHECK(cursors["copy"]->released() == 4 * unit());
  CHECK(cursors["copy"]->passed_over_events() == 4);
  CHECK(cursors["copy"]->pending_events() == 12);
  CHECK_FALSE(spool->skip_optional());  // the checkpoint is not past the next one
  CHECK(spool->reclaim());
  CHECK(spool->has_room(unit()));
  CHECK(spool->begin() == 4 * unit());
  CHECK(drain(*cursors["copy"]) == range(5, 16));
  CHECK(cursors["copy"]->released() == end);
  CHECK(cursors["copy"]->pending_events() == 0);
}

// Rule: optional-skipped
TEST_CASE_FIXTURE(OnDisk, "on disk an optional cursor passes nothing that another needs") {
  add("out");
  add("copy").set_optional(true);
  Position end = fill(1, 16);
  REQUIRE(checkpoint(end).ok());
  REQUIRE(cursors["out"]->next().ok());
  cursors["out"]->release(unit());
  CHECK_FALSE(spool->skip_optional());
  // An output that has gone keeps what it has not read.
  cursors.erase("out");
  CHECK_FALSE(spool->skip_optional());
  REQUIRE(spool->discard_cursor("out").ok());
  CHECK(spool->skip_optional());
}

TEST_CASE_FIXTURE(OnDisk, "a cursor that was moved on stands there after a start, or before it") {
  SimulatedDisk::Keep keep = SimulatedDisk::Keep::kNothing;
  Seqs left;
  SUBCASE("the crash came before the space was freed") { left = range(1, 16); }
  SUBCASE("the crash came after it") { left = range(5, 16); }
  add("out");
  add("copy").set_optional(true);
  Position end = fill(1, 16);
  drain(*cursors["out"]);
  REQUIRE(checkpoint(end).ok());
  CHECK(spool->skip_optional());
  if (left.size() == 12) CHECK(spool->reclaim());
  restart(keep);
  CHECK(spool->parked_cursors().at("copy").pending_events == left.size());
  CHECK(drain(add("copy")) == left);
}

TEST_CASE_FIXTURE(OnDisk, "a cursor that is moved on while it reads goes on behind that") {
  options.cache_bytes = 0;
  restart();
  add("out");
  add("copy").set_optional(true);
  Position end = fill(1, 16);
  drain(*cursors["out"]);
  REQUIRE(checkpoint(end).ok());
  auto first = cursors["copy"]->next();
  REQUIRE(first.ok());
  CHECK(seq_of(**first) == 1);
  for (int segments = 0; segments < 2; ++segments) {
    CHECK(spool->skip_optional());
    CHECK(spool->reclaim());
  }
  CHECK(cursors["copy"]->passed_over_events() == 8);
  CHECK(drain(*cursors["copy"]) == range(9, 16));
  CHECK(cursors["copy"]->pending_events() == 0);
}

// --- The intake ---

// Rule: optional-skipped
TEST_CASE_FIXTURE(IntakeFixture, "a full spool in memory goes on without an optional output") {
  options.path = "";
  options.memory_limit = 4 * unit();
  SUBCASE("block") { intake_options.when_full = WhenFull::kBlock; }
  SUBCASE("drop-oldest") { intake_options.when_full = WhenFull::kDropOldest; }
  open();
  add("out");
  add("copy").set_optional(true);
  start();
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    REQUIRE((seq % 2 == 0 ? give(seq) : give_unkept(seq)));
    CHECK(read(1) == Seqs{seq});
  }
  REQUIRE(witness.wait_for_safe(10));
  CHECK(cursors["copy"]->passed_over_events() == 6);
  CHECK(drain(*cursors["copy"]) == range(7, 10));
  CHECK(count("spool.dropped.oldest") == 0);
  CHECK(witness.dropped().empty());
  // What the other has not read blocks as ever.
  for (std::uint64_t seq = 11; seq <= 15; ++seq) REQUIRE(give(seq));
  REQUIRE(wait_until_full());
  CHECK(cursors["copy"]->passed_over_events() == 6);
}

// Rule: optional-skipped
TEST_CASE_FIXTURE(IntakeFixture, "a full spool on disk goes on without an optional output") {
  bool disk_itself = false;
  SUBCASE("its budget is used up") { options.disk_limit = 16 * unit(); }
  SUBCASE("the disk is full") { disk_itself = true; }
  options.segment_bytes = 4 * unit();
  restart();
  start();
  add("out");
  add("copy").set_optional(true);
  auto checkpoint_now = [&] {
    Position covers = 0;
    Micros uptime{};
    std::string dedup = intake->dedup_snapshot(&covers, &uptime);
    REQUIRE(spool->write_checkpoint(dedup, covers, "", covers, uptime).ok());
  };
  for (std::uint64_t seq = 1; seq <= 16; ++seq) REQUIRE(give(seq));
  REQUIRE(witness.wait_for_safe(16));
  CHECK(read(16) == range(1, 16));
  checkpoint_now();
  if (disk_itself) disk.set_capacity(disk.used());
  for (std::uint64_t seq = 17; seq <= 30; ++seq) {
    REQUIRE(give(seq));
    CHECK(read(1) == Seqs{seq});
    checkpoint_now();
  }
  REQUIRE(witness.wait_for_safe(30));
  std::uint64_t missed = cursors["copy"]->passed_over_events();
  CHECK(missed >= 12);
  CHECK(drain(*cursors["copy"]) == range(missed + 1, 30));
  CHECK(witness.dropped().empty());
}

}  // namespace
}  // namespace ox
