// What a spool is for, without damage: spool_recovery_test.cc has that, spool_checkpoint_test.cc
// how it remembers and gets space back, and spool_crash_test.cc crashes at every point of a
// workload.
#include "common/spool/spool.h"

#include <doctest/doctest.h>

#include "tests/unit/spool/spool_fixture.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;

TEST_CASE_FIXTURE(SpoolTest, "a new spool is empty and survives a power failure at once") {
  open();
  CHECK(disk.names("/s") == std::vector<std::string>{"checkpoint.0", "checkpoint.1", "lock"});
  CHECK(spool->end() == 0);
  CHECK(spool->recovery().records == 0);
  CHECK_FALSE(spool->recovered_checkpoint());
  fill(1, 3);
  Uuid id = spool->id();
  restart(Keep::kNothing);
  CHECK(spool->id() == id);
  CHECK(read_all() == range(1, 3));
  CHECK(recovered_seqs() == range(1, 3));
  CHECK(spool->recovered_accept_time() == clock.wall());
}

// Rule: one-owner
TEST_CASE_FIXTURE(SpoolTest,
                  "a path that another process holds is refused, and who holds it is said") {
  open();
  auto second = Spool::open(disk, options, clock);
  CHECK(second.status().code() == Code::kExists);
  CHECK(second.status().message().find("process") != std::string::npos);
}

// Rule: fail-stop
TEST_CASE_FIXTURE(SpoolTest, "a failed fsync stops the spool, and is never tried again") {
  options.cache_bytes = 0;
  open();
  Cursor& files = add("files");
  Position end = fill(1, 2);
  int released = 0;
  spool->on_release([&] { ++released; });
  append(make_batch(3));
  disk.inject({.op = Op::kSync});
  CHECK(spool->commit().code() == Code::kIo);
  CHECK(spool->failed());
  CHECK(released == 1);
  CHECK(spool->stats().failed);
  CHECK_FALSE(spool->stats().reason.empty());
  std::uint64_t changes = disk.changes();
  CHECK(spool->commit().code() == Code::kIo);
  spool->commit_unsynced();
  CHECK(spool->append_unsynced(make_batch(4), clock.wall()).status().code() == Code::kIo);
  CHECK(checkpoint(end).code() == Code::kIo);
  CHECK_FALSE(spool->reclaim());
  CHECK(disk.changes() == changes);
  CHECK(spool->committed() == end);
  CHECK(spool->safe_position() == end);
  CHECK(drain(files) == range(1, 2));  // what was safe can still be read
  spool->on_release({});
  restart(Keep::kNothing);
  CHECK(read_all() == range(1, 2));
}

TEST_CASE_FIXTURE(SpoolTest, "a full disk refuses an append, and takes it when there is room") {
  open();
  fill(1, 3);
  for (std::uint64_t room : {std::uint64_t{0}, std::uint64_t{50}, unit() - 1}) {
    disk.set_capacity(disk.used() + room);
    CHECK(spool->append_unsynced(make_batch(4), clock.wall()).status().code() == Code::kNoSpace);
    CHECK_FALSE(spool->failed());
    CHECK(spool->end() == 3 * unit());
  }
  disk.set_capacity(disk.used() + unit());
  fill(4, 4);
  // The next one needs a new segment.
  CHECK(spool->append_unsynced(make_batch(5), clock.wall()).status().code() == Code::kNoSpace);
  CHECK_FALSE(spool->failed());
  CHECK(segments().size() == 1);
  disk.set_capacity(1 << 20);
  fill(5, 5);
  restart(Keep::kNothing);
  CHECK(read_all() == range(1, 5));
}

// --- In memory ---

TEST_CASE_FIXTURE(MemorySpoolFixture, "in memory a record goes when every cursor has released it") {
  Cursor& a = add("a");
  Cursor& b = add("b");
  fill(1, 3);
  CHECK(spool->safe_position() == 0);
  drain(a);
  CHECK(spool->stats().batches == 3);
  REQUIRE(b.next().ok());
  b.release(unit());
  CHECK(spool->safe_position() == unit());
  CHECK(spool->stats().batches == 2);
  CHECK(spool->stats().events == 2);
  CHECK(spool->begin() == unit());
  drain(b);
  CHECK(spool->stats().memory_bytes == 0);
}

TEST_CASE_FIXTURE(MemorySpoolFixture,
                  "in memory the limit counts records as they would be on disk") {
  add("a");
  CHECK(spool->has_room(100 * unit()));  // empty: any batch may come
  fill(1, 9);
  CHECK(spool->has_room(unit()));
  CHECK_FALSE(spool->has_room(unit() + 1));
  fill(10, 10);
  CHECK_FALSE(spool->has_room(1));
  CHECK_FALSE(spool->reclaim());
}

TEST_CASE_FIXTURE(MemorySpoolFixture, "the oldest record that nobody has taken is dropped first") {
  Cursor& a = add("a");
  Cursor& b = add("b");
  fill(1, 5);
  REQUIRE(a.next().ok());
  REQUIRE(a.next().ok());
  auto any = [](Position) { return true; };
  auto seq = [&](const std::function<bool(Position)>& may_drop) {
    auto dropped = spool->drop_oldest(may_drop);
    return dropped ? seq_of(*dropped) : 0;
  };
  CHECK(seq([](Position) { return false; }) == 0);
  CHECK(seq([](Position end) { return end != 3 * unit(); }) == 4);
  CHECK(seq(any) == 3);
  CHECK(seq(any) == 5);
  CHECK(seq(any) == 1);  // only now those that are on their way
  CHECK(a.skipped_events() == 3);
  CHECK(b.skipped_events() == 4);
  CHECK(a.pending_events() == 1);
  CHECK(a.pending_bytes() == unit());
  CHECK(drain(a).empty());
  CHECK(drain(b) == Seqs{2});
  CHECK(seq(any) == 2);
  CHECK(seq(any) == 0);
  CHECK(spool->stats().memory_bytes == 0);
}

TEST_CASE_FIXTURE(MemorySpoolFixture, "in memory there is nothing to discard or to check") {
  add("a");
  fill(1, 2);
  cursors.clear();
  CHECK(spool->discard_cursor("a").code() == Code::kNotFound);
  CHECK(checkpoint(0).ok());
  CHECK(disk.changes() == 0);
}

}  // namespace
}  // namespace ox
