#include <doctest/doctest.h>

#include "tests/unit/spool/spool_fixture.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;
using Parked = std::map<std::string, Spool::ParkedCursor>;

struct CursorFixture : SpoolFixture {
  CursorFixture() { options.segment_bytes = 4 * unit(); }
};

// Rule: committed-only
TEST_CASE_FIXTURE(CursorFixture, "a cursor reads what is committed, in order, and nothing else") {
  open();
  Cursor& cursor = add("files");
  CHECK(drain(cursor).empty());
  append(make_batch(1));
  CHECK(drain(cursor).empty());
  REQUIRE(spool->commit().ok());
  CHECK(drain(cursor) == Seqs{1});
  fill(2, 30);
  CHECK(drain(cursor) == range(2, 30));
}

TEST_CASE_FIXTURE(CursorFixture, "what is not in memory any more is read from the segments") {
  options.cache_bytes = 3 * unit();
  open();
  Cursor& cursor = add("files");
  fill(1, 30);
  CHECK(spool->stats().batches <= 3);
  auto record = cursor.next();
  REQUIRE(record.ok());
  CHECK((**record).batch->bytes() == make_batch(1)->bytes());
  CHECK((**record).accepted_at == clock.wall());
  CHECK(drain(cursor) == range(2, 30));
  CHECK(disk.count(Op::kRead) > 0);
}

// Rule: own-cursor
TEST_CASE_FIXTURE(CursorFixture, "each cursor goes at its own pace") {
  options.cache_bytes = 2 * unit();
  open();
  Cursor& fast = add("fast");
  Cursor& slow = add("slow");
  fill(1, 10);
  CHECK(drain(fast) == range(1, 10));
  CHECK(seq_of(**slow.next()) == 1);
  fill(11, 20);
  CHECK(drain(fast) == range(11, 20));
  CHECK(drain(slow) == range(2, 20));
}

TEST_CASE_FIXTURE(CursorFixture, "a seek reads again from there") {
  options.cache_bytes = 2 * unit();
  open();
  Cursor& cursor = add("files");
  fill(1, 10);
  CHECK(drain(cursor, false) == range(1, 10));
  cursor.release(4 * unit());
  cursor.seek(4 * unit());
  CHECK(drain(cursor, false) == range(5, 10));
  CHECK(cursor.pending_events() == 6);
  cursor.release(10 * unit());
  CHECK(cursor.pending_events() == 0);
}

TEST_CASE_FIXTURE(CursorFixture, "pending counts exactly what is not released") {
  options.cache_bytes = unit();
  open();
  Cursor& cursor = add("files");
  Position end = 0;
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    end = append(make_batch(seq, 3)).end;
    CHECK(cursor.pending_events() == 3 * seq);
    CHECK(cursor.pending_bytes() == end);
  }
  REQUIRE(spool->commit().ok());
  std::uint64_t size = end / 10;
  CHECK(seq_of(**cursor.next()) == 1);
  CHECK(cursor.pending_events() == 30);
  cursor.release(size);
  CHECK(cursor.pending_events() == 27);
  CHECK(cursor.pending_bytes() == 9 * size);
  SUBCASE("released over records that were never taken") {
    cursor.release(5 * size);
    CHECK(cursor.pending_events() == 15);
    CHECK(seq_of(**cursor.next()) == 6);
    CHECK(seq_of(**cursor.next()) == 7);
    cursor.release(8 * size);
    CHECK(cursor.pending_events() == 6);
  }
  SUBCASE("released to the end at once") {
    std::uint64_t reads = disk.count(Op::kRead);
    cursor.release(end);
    CHECK(cursor.pending_events() == 0);
    CHECK(cursor.pending_bytes() == 0);
    CHECK(disk.count(Op::kRead) == reads);
  }
  fill(11, 12);
  cursor.release(end);
  CHECK(cursor.pending_events() == 2);
}

TEST_CASE_FIXTURE(CursorFixture, "a release never goes back") {
  open();
  Cursor& cursor = add("files");
  fill(1, 4);
  drain(cursor);
  cursor.release(unit());
  CHECK(cursor.released() == 4 * unit());
}

TEST_CASE_FIXTURE(CursorFixture, "the oldest pending record says since when an output lags") {
  options.cache_bytes = unit();
  open();
  Cursor& cursor = add("files");
  CHECK_FALSE(cursor.oldest_pending());
  WallTime start = clock.wall();
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    fill(seq, seq);
    clock.advance(Seconds(10));
  }
  CHECK(cursor.oldest_pending() == start);
  REQUIRE(cursor.next().ok());
  REQUIRE(cursor.next().ok());
  cursor.release(unit());
  CHECK(cursor.oldest_pending() == start + Seconds(10));
  cursor.release(2 * unit());  // the third is only on the disk: that of its segment's first record
  CHECK(cursor.oldest_pending() == start);
  cursor.release(5 * unit());
  CHECK(cursor.oldest_pending() == start + Seconds(50));
  append(make_batch(7));  // not committed yet, and pending all the same
  cursor.release(6 * unit());
  CHECK(cursor.oldest_pending() == start + Seconds(60));
}

TEST_CASE_FIXTURE(CursorFixture, "committing wakes the cursors, until they are gone") {
  open();
  add("a");
  append(make_batch(1));
  CHECK(wakes == 0);
  REQUIRE(spool->commit().ok());
  CHECK(wakes == 1);
  REQUIRE(spool->commit().ok());  // nothing new
  CHECK(wakes == 1);
  add("b");
  fill(2, 2);
  CHECK(wakes == 3);
  cursors.erase("a");
  fill(3, 3);
  CHECK(wakes == 4);
}

TEST_CASE_FIXTURE(CursorFixture, "a cursor goes on where the checkpoint left it") {
  options.cache_bytes = unit();
  open();
  Cursor& cursor = add("files");
  Position all = fill(1, 12, 2);
  std::uint64_t size = all / 12;
  for (int i = 0; i < 5; ++i) REQUIRE(cursor.next().ok());
  cursor.release(5 * size);
  REQUIRE(checkpoint(5 * size).ok());
  CHECK(seq_of(**cursor.next()) == 6);
  cursor.release(6 * size);  // and no checkpoint after that
  SUBCASE("after a kill") { restart(Keep::kAll); }
  SUBCASE("after a power failure") { restart(Keep::kNothing); }
  CHECK(spool->parked_cursors() == Parked{{"files", {5 * size, 14}}});
  Cursor& again = add("files");
  CHECK(spool->parked_cursors().empty());
  CHECK(again.released() == 5 * size);
  CHECK(again.pending_events() == 14);
  CHECK(drain(again) == range(6, 12));
  CHECK(again.pending_events() == 0);
}

TEST_CASE_FIXTURE(CursorFixture, "a new cursor starts at the oldest record that is left") {
  options.cache_bytes = unit();
  open();
  Cursor& cursor = add("files");
  fill(1, 12);
  drain(cursor);
  REQUIRE(checkpoint(12 * unit()).ok());
  REQUIRE(checkpoint(12 * unit()).ok());
  REQUIRE(segments().size() == 1);
  CHECK(spool->begin() == 8 * unit());
  Cursor& late = add("late");
  CHECK(late.released() == 8 * unit());
  CHECK(late.pending_events() == 4);
  CHECK(drain(late) == range(9, 12));
  cursors.clear();
  restart();
  Cursor& later = add("later");
  CHECK(later.pending_events() == 4);
  CHECK(drain(later) == range(9, 12));
}

TEST_CASE_FIXTURE(CursorFixture,
                  "a cursor far behind the checkpoint is counted without reading its backlog") {
  options.cache_bytes = unit();
  open();
  add("files");
  add("dead");
  Position all = fill(1, 40, 5);
  std::uint64_t size = all / 40;
  REQUIRE(cursors["dead"]->next().ok());
  cursors["dead"]->release(size);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(all).ok());
  fill(41, 41, 5);
  std::size_t segment_count = segments().size();
  std::uint64_t first = disk.calls().size();
  restart();
  std::size_t scanned = 0;  // beyond looking at the header
  auto calls = disk.calls();
  for (std::size_t i = first; i < calls.size(); ++i)
    if (calls[i].op == Op::kRead && calls[i].path.ends_with(".seg")) ++scanned;
  CHECK(scanned < segment_count + 10);
  CHECK(add("dead").pending_events() == 40 * 5);
  CHECK(add("files").pending_events() == 5);
  CHECK(drain(*cursors["dead"]) == range(2, 41));
  CHECK(cursors["dead"]->pending_events() == 0);
}

// Rule: cursor-kept
TEST_CASE_FIXTURE(CursorFixture, "the records of a cursor that has gone wait for it") {
  open();
  add("forward");
  add("files");
  fill(1, 2);
  CHECK(seq_of(**cursors["forward"]->next()) == 1);
  cursors["forward"]->release(unit());
  cursors.erase("forward");
  CHECK(spool->parked_cursors() == Parked{{"forward", {unit(), 1}}});
  fill(3, 12);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(12 * unit()).ok());
  REQUIRE(checkpoint(12 * unit()).ok());
  CHECK(segments().size() == 3);  // nothing it wants is deleted
  Cursor& back = add("forward");
  CHECK(back.pending_events() == 11);
  CHECK(drain(back) == range(2, 12));
}

// Rule: cursor-kept
TEST_CASE_FIXTURE(CursorFixture, "discarding a cursor that has gone frees its records for good") {
  open();
  add("forward");
  add("files");
  fill(1, 12);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(12 * unit()).ok());
  CHECK(spool->discard_cursor("forward").code() == Code::kNotFound);  // it is there
  cursors.erase("forward");
  int released = 0;
  spool->on_release([&] { ++released; });
  REQUIRE(spool->discard_cursor("forward").ok());
  CHECK(released == 1);
  CHECK(spool->discard_cursor("forward").code() == Code::kNotFound);
  restart(Keep::kNothing);
  CHECK(spool->parked_cursors().count("forward") == 0);
  add("files");
  REQUIRE(checkpoint(12 * unit()).ok());
  REQUIRE(checkpoint(12 * unit()).ok());
  CHECK(segments().size() == 1);
}

TEST_CASE_FIXTURE(CursorFixture, "a nameless cursor leaves nothing behind") {
  open();
  add("");
  fill(1, 2);
  REQUIRE(checkpoint(2 * unit()).ok());
  cursors.clear();
  CHECK(spool->parked_cursors().empty());
  restart();
  CHECK(spool->parked_cursors().empty());
}

TEST_CASE_FIXTURE(
    CursorFixture,
    "records that cannot be read any more are told once, kept aside and passed over") {
  options.cache_bytes = 0;
  open();
  Cursor& first = add("first");
  Cursor& second = add("second");
  fill(1, 12);
  std::string path = segment_path(1);  // of the records 5 to 8
  std::string before = disk.content(path);
  flip(path, kSegmentHeaderSize + unit() + 50);
  CHECK(drain(first, false) == Seqs{1, 2, 3, 4, 5, 0, 7, 8, 9, 10, 11, 12});
  CHECK(drain(second) == Seqs{1, 2, 3, 4, 5, 0, 7, 8, 9, 10, 11, 12});
  first.seek(0);
  CHECK(drain(first) == Seqs{1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12});
  CHECK(first.pending_events() == 0);
  CHECK(spool->stats().damaged_ranges == 2);
  CHECK(spool->recovery().damaged.empty());
  std::vector<std::string> kept = disk.names("/s/quarantine");
  REQUIRE(kept.size() == 1);
  std::string copy = disk.content("/s/quarantine/" + kept[0]);
  CHECK(copy == disk.content(path).substr(kSegmentHeaderSize + unit(), unit()));
}

TEST_CASE_FIXTURE(CursorFixture, "an unreadable end of a committed segment is told as well") {
  options.cache_bytes = 0;
  open();
  Cursor& cursor = add("files");
  fill(1, 10);
  SUBCASE("in the middle of the log") {
    flip(segment_path(0), kSegmentHeaderSize + 3 * unit());
    CHECK(drain(cursor) == Seqs{1, 2, 3, 0, 5, 6, 7, 8, 9, 10});
  }
  SUBCASE("in the segment that is written") {
    flip(segment_path(2), kSegmentHeaderSize + unit());
    CHECK(drain(cursor) == Seqs{1, 2, 3, 4, 5, 6, 7, 8, 9, 0});
    fill(11, 11);
    CHECK(drain(cursor) == Seqs{11});
  }
  SUBCASE("and when its file is cut") {
    disk.put(segment_path(1), disk.content(segment_path(1)).substr(0, kSegmentHeaderSize));
    CHECK(drain(cursor) == Seqs{1, 2, 3, 4, 0, 9, 10});
    CHECK(disk.names("/s/quarantine").empty());  // there was nothing to keep
  }
}

TEST_CASE_FIXTURE(CursorFixture, "a disk that does not answer is no damage: the cursor stays") {
  options.cache_bytes = 0;
  open();
  Cursor& cursor = add("files");
  fill(1, 5);
  disk.inject({.op = Op::kRead, .times = 3});
  for (int i = 0; i < 3; ++i) CHECK(cursor.next().status().code() == Code::kIo);
  CHECK(drain(cursor) == range(1, 5));
}

TEST_CASE_FIXTURE(MemorySpoolFixture, "in memory a cursor that has gone keeps nothing") {
  add("a");
  add("b");
  fill(1, 3);
  drain(*cursors["a"]);
  CHECK(spool->safe_position() == 0);
  cursors.erase("b");
  CHECK(spool->safe_position() == 3 * unit());
  CHECK(spool->parked_cursors().empty());
  CHECK(spool->stats().batches == 0);
}

}  // namespace
}  // namespace ox
