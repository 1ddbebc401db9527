#include "oxctl/store/store_lock.h"

#include <doctest/doctest.h>

#include "common/spool/checkpoint.h"
#include "common/store/log_listing.h"
#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

struct StoreLockFixture {
  StoreLockFixture() { disk.put("/logs/20260101/a-20260101.log", "x"); }

  // Checkpoints of a spool in `directory`, one after the other, that know of one file each.
  Uuid checkpoints(const std::string& directory, const std::vector<std::string>& files) {
    REQUIRE(disk.make_directories(directory).ok());
    auto file = CheckpointFile::open(disk, directory);
    REQUIRE(file.ok());
    REQUIRE((*file)->make_slots().ok());
    Checkpoint checkpoint;
    checkpoint.spool_id = Uuid::random();
    for (const std::string& each : files) {
      checkpoint.store = encode_listing({{each, 1, 2, 3}});
      REQUIRE((*file)->write(checkpoint).ok());
    }
    return checkpoint.spool_id;
  }

  SimulatedDisk disk;
};

}  // namespace

TEST_CASE_FIXTURE(StoreLockFixture, "files that neither checkpoint knows of may be changed") {
  checkpoints("/logs/.oxd", {"1/first", "2/second", "3/third"});
  auto lock = StoreLock::take(disk, "/logs", "");
  REQUIRE_MESSAGE(lock.ok(), lock.status().message());
  CHECK(lock->knows("3/third"));
  CHECK(lock->knows("2/second"));
  CHECK_FALSE(lock->knows("1/first"));
}

TEST_CASE_FIXTURE(StoreLockFixture, "a directory that no node has written to may be changed") {
  auto lock = StoreLock::take(disk, "/logs", "");
  REQUIRE(lock.ok());
  CHECK_FALSE(lock->knows("20260101/a-20260101.log"));
  // A node that starts meanwhile is refused.
  CHECK(disk.lock("/logs/.oxd/lock", "oxd").status().code() == Code::kExists);
}

TEST_CASE_FIXTURE(StoreLockFixture, "who has the log path, or its spool, is named") {
  REQUIRE(disk.make_directories("/logs/.oxd").ok());
  auto held = disk.lock("/logs/.oxd/lock", "oxd 123");
  REQUIRE(held.ok());
  Status refused = StoreLock::take(disk, "/logs", "").status();
  CHECK(refused.code() == Code::kExists);
  CHECK(refused.message().find("oxd 123") != std::string::npos);
  CHECK(store_holder(disk, "/logs") == "oxd 123");
  held->reset();
  CHECK(store_holder(disk, "/logs").empty());

  const Uuid id = checkpoints("/spool", {"1/first"});
  disk.put("/logs/.oxd/spool", id.to_string() + "\n");
  auto spool = disk.lock("/spool/lock", "oxd 124");
  refused = StoreLock::take(disk, "/logs", "/spool").status();
  CHECK(refused.message().find("oxd 124") != std::string::npos);
}

TEST_CASE_FIXTURE(StoreLockFixture, "a spool elsewhere is to be named, and to be the one") {
  const Uuid id = checkpoints("/spool", {"1/first"});
  checkpoints("/other", {"1/first"});
  disk.put("/logs/.oxd/spool", id.to_string() + "\n");
  Status unnamed = StoreLock::take(disk, "/logs", "").status();
  CHECK(unnamed.code() == Code::kInvalid);
  CHECK(unnamed.message().find("--spool-path") != std::string::npos);
  CHECK(StoreLock::take(disk, "/logs", "/other").status().code() == Code::kInvalid);
  CHECK(StoreLock::take(disk, "/logs", "/missing").status().code() == Code::kNotFound);
  auto lock = StoreLock::take(disk, "/logs", "/spool");
  REQUIRE_MESSAGE(lock.ok(), lock.status().message());
  CHECK(lock->knows("1/first"));
}

TEST_CASE_FIXTURE(StoreLockFixture, "a log path that is not there is not made") {
  CHECK(StoreLock::take(disk, "/missing", "").status().code() == Code::kNotFound);
  CHECK_FALSE(disk.exists("/missing/.oxd"));
}

}  // namespace ox
