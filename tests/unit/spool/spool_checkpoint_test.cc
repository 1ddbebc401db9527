// How a spool remembers how far its outputs came, and gets rid of what all of them are past.
#include <algorithm>
#include <future>
#include <memory>

#include <doctest/doctest.h>

#include "tests/unit/base/slow_file.h"
#include "tests/unit/spool/spool_fixture.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;

// --- Checkpoints ---

TEST_CASE_FIXTURE(SpoolTest,
                  "segments lose their names with the checkpoint, and their blocks with a closer") {
  FileCloser closer;
  options.closer = &closer;
  options.spare_segments = 0;
  open();
  add("files");
  fill(1, 12);
  const std::vector<std::string> before = segments();
  REQUIRE(before.size() == 3);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(12 * unit()).ok());
  REQUIRE(checkpoint(12 * unit()).ok());
  CHECK(segments() == std::vector<std::string>{before.back()});
  // Opened first: the name is not the last that holds them.
  const auto calls = disk.calls();
  for (const std::string& gone : {before[0], before[1]}) {
    auto find = [&](Op op) {
      return std::find_if(calls.begin(), calls.end(), [&](const SimulatedDisk::Call& call) {
        return call.op == op && call.path == "/s/" + gone;
      });
    };
    CHECK(find(Op::kRemove) != calls.end());
    CHECK(find(Op::kOpen) < find(Op::kRemove));
  }
  close();
}

TEST_CASE_FIXTURE(SpoolTest, "space that is being freed is waited for when it is wanted") {
  Closings closings;
  FileCloser closer;
  options.closer = &closer;
  open();
  fill(1, 2);
  REQUIRE(checkpoint(0).ok());
  add("files");
  CHECK_FALSE(spool->reclaim());
  closer.close_later(std::make_unique<SlowFile>(closings));
  auto reclaimed = std::async(std::launch::async, [&] { (void)spool->reclaim(); });
  closings.may_close.set_value();
  reclaimed.get();
  CHECK(closings.done == 1);
  CHECK_FALSE(spool->reclaim());
  close();
}

TEST_CASE_FIXTURE(SpoolTest, "with one checkpoint slot lost or damaged the other one counts") {
  open();
  add("files");
  fill(1, 3);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(3 * unit(), "three").ok());
  fill(4, 6);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(6 * unit(), "six").ok());  // in slot 0
  fill(7, 8);
  close();
  std::string store;
  Position from = 0;
  SUBCASE("the newer one lost") {
    disk.erase("/s/checkpoint.0");
    store = "three";
    from = 3;
  }
  SUBCASE("the newer one damaged") {
    flip("/s/checkpoint.0", 40);
    store = "three";
    from = 3;
  }
  SUBCASE("the older one lost") {
    disk.erase("/s/checkpoint.1");
    store = "six";
    from = 6;
  }
  SUBCASE("the older one damaged") {
    flip("/s/checkpoint.1", 40);
    store = "six";
    from = 6;
  }
  open();
  REQUIRE(spool->recovered_checkpoint());
  CHECK(spool->recovered_checkpoint()->store == store);
  CHECK_FALSE(spool->recovery().checkpoint_lost);
  CHECK(recovered_seqs() == range(from + 1, 8));
  CHECK(add("files").pending_events() == 8 - from);
  CHECK(drain(*cursors["files"]) == range(from + 1, 8));
  // Nothing that the other slot may need goes before there are two again.
  REQUIRE(checkpoint(8 * unit(), "eight").ok());
  flip("/s/checkpoint." + std::string(store == "six" ? "1" : "0"), 40);
  restart(Keep::kNothing);
  CHECK(drain(add("files")) == range(from + 1, 8));
}

TEST_CASE_FIXTURE(SpoolTest, "without any checkpoint everything that is left is read again") {
  open();
  add("files");
  fill(1, 10);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(10 * unit()).ok());
  REQUIRE(checkpoint(10 * unit()).ok());
  Uuid id = spool->id();
  Seqs left = range(9, 10);
  close();
  SUBCASE("both slots lost") {
    disk.erase("/s/checkpoint.0");
    disk.erase("/s/checkpoint.1");
  }
  SUBCASE("both slots damaged") {
    flip("/s/checkpoint.0", 40);
    flip("/s/checkpoint.1", 40);
  }
  SUBCASE("one of each") {
    disk.erase("/s/checkpoint.0");
    flip("/s/checkpoint.1", 40);
  }
  open();
  CHECK(spool->recovery().checkpoint_lost);
  CHECK(spool->id() == id);
  CHECK(recovered_seqs() == left);
  CHECK(spool->begin() == 8 * unit());
  CHECK(drain(add("files")) == left);
  CHECK(cursors["files"]->pending_events() == 0);
  REQUIRE(checkpoint(10 * unit()).ok());
  restart(Keep::kNothing);
  CHECK_FALSE(spool->recovery().checkpoint_lost);
  CHECK(drain(add("files")).empty());
}

TEST_CASE_FIXTURE(SpoolTest, "a node that was killed before its first checkpoint has lost none") {
  open();
  fill(1, 2);
  restart(Keep::kAll);
  CHECK_FALSE(spool->recovery().checkpoint_lost);
  CHECK_FALSE(spool->recovery().checkpoint_damaged);
  restart(Keep::kNothing);
  CHECK_FALSE(spool->recovery().checkpoint_lost);
}

TEST_CASE_FIXTURE(SpoolTest, "positions of records that the disk has lost are never used again") {
  open();
  add("files");
  Position end = fill(1, 6);
  drain(*cursors["files"]);
  REQUIRE(checkpoint(end).ok());
  std::string path = segment_path(1);
  close();
  SUBCASE("the last ones") {
    disk.put(path, disk.content(path).substr(0, kSegmentHeaderSize + unit()));
  }
  SUBCASE("a whole segment") { disk.erase(path); }
  SUBCASE("all segments") {
    disk.erase(path);
    disk.erase(segment_path(0));
  }
  open();
  CHECK(spool->end() == end);
  CHECK(drain(add("files")).empty());
  fill(7, 8);
  CHECK(drain(*cursors["files"]) == Seqs{7, 8});
  restart(Keep::kNothing);
  CHECK(drain(add("files")) == Seqs{7, 8});
}

// --- Space ---

// Rule: delete-late
TEST_CASE_FIXTURE(SpoolTest, "segments go when both slots and every cursor are past them") {
  open();
  add("files");
  Cursor& slow = add("slow");
  fill(1, 10);
  drain(*cursors["files"]);
  REQUIRE(slow.next().ok());
  slow.release(unit());
  REQUIRE(checkpoint(10 * unit()).ok());
  REQUIRE(checkpoint(10 * unit()).ok());
  CHECK(segments().size() == 3);
  drain(slow);
  REQUIRE(checkpoint(10 * unit()).ok());
  CHECK(segments().size() == 3);  // the other slot still stands at the first
  REQUIRE(checkpoint(10 * unit()).ok());
  CHECK(segments().size() == 1);
  CHECK(spool->begin() == 8 * unit());
  CHECK(spool->stats().bytes == 2 * unit());
}

TEST_CASE_FIXTURE(SpoolTest, "deleted segments that a crash brings back are deleted again") {
  open();
  add("files");
  fill(1, 10);
  drain(*cursors["files"]);
  std::string first = segment_path(0);
  std::string bytes = disk.content(first);
  REQUIRE(checkpoint(10 * unit()).ok());
  REQUIRE(checkpoint(10 * unit()).ok());
  REQUIRE_FALSE(disk.exists(first));
  close();
  disk.put(first, bytes);
  open();
  CHECK_FALSE(disk.exists(first));
  CHECK(spool->begin() == 8 * unit());
  CHECK(spool->recovery().damaged.empty());
}

TEST_CASE_FIXTURE(SpoolTest, "a full budget is got back without a checkpoint of the outputs") {
  options.disk_limit = 8 * unit();
  options.segment_bytes = 2 * unit();
  open();
  Cursor& files = add("files");
  Position end = fill(1, 8);
  CHECK_FALSE(spool->has_room(unit()));
  CHECK_FALSE(spool->reclaim());  // there was never a checkpoint
  REQUIRE(checkpoint(end).ok());
  CHECK_FALSE(spool->reclaim());  // the output still needs everything
  drain(files);
  std::uint64_t created = disk.count(Op::kCreate);
  REQUIRE(spool->reclaim());
  CHECK(segments().empty());
  CHECK(spool->has_room(unit()));
  CHECK(disk.count(Op::kCreate) == created);
  CHECK_FALSE(spool->reclaim());
  fill(9, 9);
  restart(Keep::kNothing);
  CHECK(drain(add("files")) == Seqs{9});
}

TEST_CASE_FIXTURE(SpoolTest, "an empty spool on disk takes a batch larger than its budget") {
  options.disk_limit = 2 * unit();
  open();
  add("files");
  CHECK(spool->has_room(100 * unit()));
  append(make_batch(1, 1, 4000));
  CHECK_FALSE(spool->has_room(1));
}

}  // namespace
}  // namespace ox
