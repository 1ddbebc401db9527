#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/spool/spool_fixture.h"

namespace ox {
namespace {

constexpr Micros kLong = Seconds(60);
constexpr Micros kMoment = Millis(1);

// Memory for eight batches: a reader is waited for when it is more than four behind.
struct WaitForReadersFixture : SpoolFixture {
  WaitForReadersFixture() {
    options.cache_bytes = 8 * unit();
    open();
  }
};

}  // namespace

TEST_CASE_FIXTURE(WaitForReadersFixture, "a reader that is close behind is not waited for") {
  Cursor& cursor = add("files");
  CHECK(spool->wait_for_readers(kLong));
  fill(1, 4);
  CHECK(spool->wait_for_readers(kLong));
  CHECK(drain(cursor) == range(1, 4));
  CHECK(disk.count(SimulatedDisk::Op::kRead) == 0);
}

TEST_CASE_FIXTURE(WaitForReadersFixture,
                  "a reader that would be left behind is waited for until it is not") {
  Cursor& cursor = add("files");
  fill(1, 8);
  CHECK_FALSE(spool->wait_for_readers(kMoment));
  REQUIRE(cursor.next().ok());
  std::thread reader([&cursor] {
    for (int i = 0; i < 3; ++i) (void)cursor.next();
  });
  CHECK(spool->wait_for_readers(kLong));
  reader.join();
  CHECK(disk.count(SimulatedDisk::Op::kRead) == 0);
}

TEST_CASE_FIXTURE(WaitForReadersFixture, "a reader that has stopped is waited for once") {
  Cursor& cursor = add("files");
  fill(1, 6);
  CHECK_FALSE(spool->wait_for_readers(kMoment));
  CHECK(spool->wait_for_readers(kLong));
  fill(7, 7);
  CHECK(spool->wait_for_readers(kLong));
  SUBCASE("until it takes something") {
    REQUIRE(cursor.next().ok());
    CHECK_FALSE(spool->wait_for_readers(kMoment));
  }
  SUBCASE("also when it has gone") {
    cursors.clear();
    CHECK(spool->wait_for_readers(kLong));
  }
}

TEST_CASE_FIXTURE(WaitForReadersFixture, "a reader that was left far behind is not waited for") {
  Cursor& cursor = add("files");
  fill(1, 8 * Spool::kCatchUp + 1);
  CHECK(spool->wait_for_readers(kLong));
  CHECK(drain(cursor) == range(1, 8 * Spool::kCatchUp + 1));
}

TEST_CASE_FIXTURE(WaitForReadersFixture,
                  "a reader that fell behind a little is waited for, so that it catches up") {
  Cursor& cursor = add("files");
  fill(1, 8 * Spool::kCatchUp);
  std::thread reader([&cursor] {
    for (std::uint64_t i = 0; i < 8 * Spool::kCatchUp; ++i) (void)cursor.next();
  });
  CHECK(spool->wait_for_readers(kLong));
  reader.join();
  CHECK(cursor.position() == spool->end());
}

TEST_CASE_FIXTURE(WaitForReadersFixture,
                  "of small records no more than so many stay in memory, and all can be read") {
  options.cache_records = 3;
  open();
  Cursor& cursor = add("files");
  fill(1, 6);
  CHECK(spool->stats().batches == 3);
  CHECK(drain(cursor) == range(1, 6));
}

TEST_CASE_FIXTURE(WaitForReadersFixture, "one that goes on does not hide one that has stopped") {
  Cursor& files = add("files");
  add("forward");
  fill(1, 6);
  CHECK_FALSE(spool->wait_for_readers(kMoment));
  CHECK(drain(files) == range(1, 6));
  CHECK(spool->wait_for_readers(kLong));
}

}  // namespace ox
