#include "common/spool/checkpoint.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "common/spool/dedup.h"
#include "tests/support/simulated_disk.h"
#include "tests/support/source_path.h"
#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

using Op = SimulatedDisk::Op;
using Keep = SimulatedDisk::Keep;
using Effect = SimulatedDisk::Effect;

struct CheckpointFixture {
  explicit CheckpointFixture(std::uint64_t seed = 1) : disk(seed) {
    REQUIRE(disk.make_directories("/s").ok());
  }

  static Checkpoint sample(std::uint64_t n, std::size_t store_bytes = 10) {
    Checkpoint c;
    c.spool_id = test_run(3);
    c.committed = n * 1000;
    c.store_position = n * 900;
    c.uptime = Seconds(static_cast<std::int64_t>(n));
    c.cursors["files"] = {n * 900, n * 9};
    c.cursors["forward"] = {n * 800, n * 8};
    c.dedup = "dedup " + std::to_string(n);
    c.store = std::string(store_bytes, static_cast<char>('a' + n % 26));
    return c;
  }

  Status open() {
    auto opened = CheckpointFile::open(disk, "/s");
    if (!opened.ok()) return opened.status();
    file = std::move(opened).value();
    return ok_status();
  }
  // Ready to be written.
  void start() {
    REQUIRE(open().ok());
    REQUIRE(file->make_slots().ok());
  }
  static std::string slot(int n) { return "/s/checkpoint." + std::to_string(n); }

  SimulatedDisk disk;
  std::unique_ptr<CheckpointFile> file;
};

TEST_CASE_FIXTURE(CheckpointFixture, "without a checkpoint there is none, and nothing is damaged") {
  REQUIRE(open().ok());
  CHECK(file->current() == nullptr);
  CHECK_FALSE(disk.exists(slot(0)));  // looking changes nothing
  REQUIRE(file->make_slots().ok());
  start();
  CHECK(file->current() == nullptr);
  CHECK(file->former() == nullptr);
  CHECK_FALSE(file->damaged());
}

TEST_CASE_FIXTURE(CheckpointFixture, "the newest checkpoint comes back, and the one before it") {
  start();
  for (std::uint64_t n = 1; n <= 5; ++n) {
    REQUIRE(file->write(sample(n)).ok());
    CHECK(*file->current() == sample(n));
    if (n > 1) CHECK(*file->former() == sample(n - 1));
    auto other = CheckpointFile::open(disk, "/s");
    REQUIRE(other.ok());
    REQUIRE((*other)->current() != nullptr);
    CHECK(*(*other)->current() == sample(n));
  }
  start();
  CHECK(*file->former() == sample(4));
  REQUIRE(file->write(sample(6)).ok());
  start();
  CHECK(*file->current() == sample(6));
  CHECK(*file->former() == sample(5));
}

TEST_CASE("floor and highest span all positions of a checkpoint") {
  Checkpoint c = CheckpointFixture::sample(10);
  CHECK(c.floor() == 8000);
  CHECK(c.highest() == 10000);
  c.cursors["late"] = {12000, 0};
  c.cursors["early"] = {3, 0};
  CHECK(c.floor() == 3);
  CHECK(c.highest() == 12000);
  c.cursors.clear();
  CHECK(c.floor() == 9000);
}

TEST_CASE_FIXTURE(CheckpointFixture, "a slot has the bytes of docs/spool.md") {
  start();
  Checkpoint c;
  c.spool_id = test_run(3);
  c.committed = 1;
  c.store_position = 2;
  c.uptime = Micros(3);
  c.cursors["ab"] = {4, 5};
  c.dedup = "D";
  c.store = "S";
  REQUIRE(file->write(c).ok());
  std::string bytes = disk.content(slot(1));
  CHECK(bytes.size() == 65536);
  std::string body =
      "43434343434343434343434343434343"
      "0100000000000000"
      "0200000000000000"
      "0300000000000000"
      "01000000"
      "0200"
      "6162"
      "0400000000000000"
      "0500000000000000"
      "01000000"
      "44"
      "01000000"
      "53";
  CHECK(bytes.substr(0, 8) == "OXCHKPNT");
  CHECK(load_le<std::uint32_t>(&bytes[8]) ==
        crc32c(std::string_view(bytes).substr(12, 16 + body.size() / 2)));
  CHECK(load_le<std::uint32_t>(&bytes[12]) == 2);
  CHECK(load_le<std::uint64_t>(&bytes[16]) == 1);
  CHECK(load_le<std::uint32_t>(&bytes[24]) == body.size() / 2);
  CHECK(to_hex(bytes.substr(28, body.size() / 2)) == body);
  CHECK(bytes.find_first_not_of('\0', 28 + body.size() / 2) == std::string::npos);
}

TEST_CASE_FIXTURE(CheckpointFixture, "a spool that knows no batches has no dedup sets") {
  for (std::uint32_t version : {1U, 2U}) {
    Checkpoint c = sample(1);
    c.dedup.clear();
    disk.erase(slot(0));
    disk.erase(slot(1));
    start();
    REQUIRE(file->write(c).ok());
    std::string bytes = disk.content(slot(1));
    std::size_t length = load_le<std::uint32_t>(&bytes[24]);
    store_le(&bytes[12], version);
    store_le(&bytes[8], crc32c(std::string_view(bytes).substr(12, 16 + length)));
    disk.put(slot(1), bytes);
    REQUIRE(open().ok());
    REQUIRE(file->current() != nullptr);
    CHECK(*file->current() == c);
    CHECK(Dedup::files_of(file->current()->dedup)->empty());
  }
}

TEST_CASE_FIXTURE(CheckpointFixture, "any flipped bit of a slot leaves the checkpoint before it") {
  start();
  REQUIRE(file->write(sample(1)).ok());
  REQUIRE(file->write(sample(2)).ok());  // in slot 0
  std::string whole = disk.content(slot(0));
  std::size_t length = 28 + load_le<std::uint32_t>(&whole[24]);
  for (std::size_t byte = 0; byte < length; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      CAPTURE(byte);
      std::string damaged = whole;
      damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << bit));
      disk.put(slot(0), damaged);
      REQUIRE(open().ok());
      REQUIRE(file->damaged());
      REQUIRE(file->current() != nullptr);
      REQUIRE(*file->current() == sample(1));
      REQUIRE(file->former() == nullptr);
    }
  }
  // The slot that counts is not the one that is written next.
  REQUIRE(file->make_slots().ok());
  REQUIRE(file->write(sample(3)).ok());
  disk.put(slot(0), std::string(100, 'x'));
  REQUIRE(open().ok());
  CHECK(*file->current() == sample(1));
}

TEST_CASE_FIXTURE(CheckpointFixture, "a slot cut at any byte leaves the checkpoint before it") {
  start();
  REQUIRE(file->write(sample(1)).ok());
  REQUIRE(file->write(sample(2)).ok());
  std::string whole = disk.content(slot(0));
  std::size_t length = 28 + load_le<std::uint32_t>(&whole[24]);
  for (std::size_t size = 0; size < length; ++size) {
    disk.put(slot(0), whole.substr(0, size));
    REQUIRE(open().ok());
    REQUIRE(*file->current() == sample(1));
  }
  disk.put(slot(0), whole.substr(0, length));
  REQUIRE(open().ok());
  CHECK(*file->current() == sample(2));
}

TEST_CASE_FIXTURE(CheckpointFixture,
                  "with both slots damaged there is no checkpoint, and it is told") {
  start();
  REQUIRE(file->write(sample(1)).ok());
  REQUIRE(file->write(sample(2)).ok());
  disk.put(slot(0), "rubbish");
  disk.put(slot(1), "rubbish");
  start();
  CHECK(file->current() == nullptr);
  CHECK(file->damaged());
  REQUIRE(file->write(sample(3)).ok());
  REQUIRE(open().ok());
  CHECK(*file->current() == sample(3));
}

TEST_CASE_FIXTURE(CheckpointFixture, "a slot of a newer format is unsupported") {
  start();
  REQUIRE(file->write(sample(1)).ok());
  std::string bytes = disk.content(slot(1));
  std::size_t length = load_le<std::uint32_t>(&bytes[24]);
  store_le(&bytes[12], std::uint32_t{3});
  store_le(&bytes[8], crc32c(std::string_view(bytes).substr(12, 16 + length)));
  disk.put(slot(1), bytes);
  CHECK(open().code() == Code::kUnsupported);
}

// The file was written by the last program that knew the first format only.
TEST_CASE_FIXTURE(CheckpointFixture, "a checkpoint of the first format is read, and written anew") {
  auto bytes = read_file(FileSystem::real(),
                         source_path("tests/unit/spool/golden/checkpoint.version-1"), 1 << 20);
  REQUIRE(bytes.ok());
  disk.put(slot(1), *bytes);
  start();
  REQUIRE(file->current() != nullptr);
  Checkpoint c = *file->current();
  CHECK(c.spool_id == test_run(9));
  CHECK(c.committed == 123456);
  CHECK(c.store_position == 120000);
  CHECK(c.uptime == Seconds(77));
  CHECK(c.cursors.size() == 2);
  CHECK(c.cursors["files"] == Checkpoint::Cursor{120000, 900});
  CHECK(c.cursors["link://collector:3515"] == Checkpoint::Cursor{100, 7});
  CHECK(c.store == "the files' listing");

  auto check_dedup = [](const std::string& snapshot) {
    Dedup dedup;
    REQUIRE(dedup.restore(snapshot).ok());
    CHECK(dedup.run_count() == 3);
    auto known = [&](std::uint8_t run, std::uint64_t seq) {
      return dedup.look_up({test_run(run), seq}) == Dedup::Seen::kCommitted;
    };
    for (std::uint64_t seq = 1; seq <= 1000; ++seq) CHECK(known(1, seq));
    CHECK_FALSE(known(1, 0));
    CHECK_FALSE(known(1, 1001));
    for (std::uint64_t seq = 0; seq <= 12; ++seq)
      CHECK(known(2, seq) == (seq >= 3 && seq <= 9 && seq % 2 == 1));
    CHECK(known(3, ~std::uint64_t{0}));
    CHECK(dedup.last_heard(test_run(2)) == Seconds(60));
  };
  check_dedup(c.dedup);
  REQUIRE(Dedup::files_of(c.dedup).ok());
  CHECK(Dedup::files_of(c.dedup)->empty());

  REQUIRE(file->write(c).ok());
  std::string written = disk.content(slot(0));
  CHECK(load_le<std::uint32_t>(&written[12]) == 2);
  start();
  CHECK(*file->current() == c);
  CHECK(*file->former() == c);
  check_dedup(file->current()->dedup);
}

TEST_CASE("a crash at any point of a write leaves the old checkpoint or the new one") {
  for (Keep keep : {Keep::kNothing, Keep::kPrefix, Keep::kSubset, Keep::kAll}) {
    for (std::uint64_t point = 0;; ++point) {
      CheckpointFixture f(test_seed(3) + point);
      INFO("OX_TEST_SEED=", f.disk.seed() - point, " point ", point);
      f.start();
      REQUIRE(f.file->write(CheckpointFixture::sample(1)).ok());
      f.disk.crash_after(point);
      // The second outgrows its slot.
      bool done = f.file->write(CheckpointFixture::sample(2, 200'000)).ok();
      f.disk.crash(keep);
      f.start();
      REQUIRE(f.file->current() != nullptr);
      if (done) {
        REQUIRE(*f.file->current() == CheckpointFixture::sample(2, 200'000));
        REQUIRE(point > 0);
        break;
      }
      bool is_old = *f.file->current() == CheckpointFixture::sample(1);
      bool is_new = *f.file->current() == CheckpointFixture::sample(2, 200'000);
      REQUIRE((is_old || is_new));
      REQUIRE(f.file->write(CheckpointFixture::sample(3)).ok());
    }
  }
}

// Rule: reserved-room
TEST_CASE_FIXTURE(CheckpointFixture, "a full disk still takes a checkpoint") {
  start();
  disk.set_capacity(disk.used());
  for (std::uint64_t n = 1; n <= 4; ++n) REQUIRE(file->write(sample(n, 60'000)).ok());
  start();
  CHECK(*file->current() == sample(4, 60'000));
}

TEST_CASE_FIXTURE(CheckpointFixture, "a slot that was outgrown has room for twice as much") {
  start();
  REQUIRE(file->write(sample(1, 100'000)).ok());
  REQUIRE(file->write(sample(2, 100'000)).ok());
  disk.set_capacity(disk.used());
  for (std::uint64_t n = 3; n <= 6; ++n) REQUIRE(file->write(sample(n, 190'000)).ok());
  CHECK(file->write(sample(7, 400'000)).code() == Code::kNoSpace);
  start();
  CHECK(*file->current() == sample(6, 190'000));
  REQUIRE(file->write(sample(7)).ok());  // lack of space can be tried again
  start();
  CHECK(*file->current() == sample(7));
}

// Rule: reserved-room
TEST_CASE_FIXTURE(CheckpointFixture, "a spool on a full disk can open its checkpoint") {
  disk.set_capacity(1000);
  start();
  CHECK(file->write(sample(1)).code() == Code::kNoSpace);
  disk.set_capacity(1 << 20);
  CHECK(file->write(sample(1)).ok());
}

// Rule: fail-stop
TEST_CASE_FIXTURE(CheckpointFixture, "a failed fsync of a slot is never tried again") {
  start();
  REQUIRE(file->write(sample(1)).ok());
  disk.inject({.op = Op::kSync, .effect = Effect::kNoSpace});
  CHECK(file->write(sample(2)).code() == Code::kIo);
  CHECK(*file->current() == sample(1));
  std::uint64_t syncs = disk.count(Op::kSync);
  CHECK(file->write(sample(2)).code() == Code::kIo);
  CHECK(disk.count(Op::kSync) == syncs);
  disk.crash(Keep::kNothing);
  start();
  CHECK(*file->current() == sample(1));
}

}  // namespace
}  // namespace ox
