#include "tests/support/simulated_disk.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;
using Effect = SimulatedDisk::Effect;

std::unique_ptr<File> open_file(SimulatedDisk& disk, const std::string& path,
                                FileSystem::Open how = FileSystem::Open::kOpenOrCreate) {
  auto file = disk.open(path, how);
  REQUIRE_MESSAGE(file.ok(), file.status().message());
  return std::move(file).value();
}

struct Mounted {
  explicit Mounted(std::uint64_t seed = 1) : disk(seed) {
    REQUIRE(disk.make_directories("/d").ok());
  }
  SimulatedDisk disk;
};

TEST_CASE_FIXTURE(Mounted, "a file reads back what was written, as on a real disk") {
  auto file = open_file(disk, "/d/f");
  REQUIRE(write_all(*file, "hello", 0).ok());
  REQUIRE(write_all(*file, "J", 0).ok());
  REQUIRE(write_all(*file, "!", 7).ok());
  CHECK(disk.content("/d/f") == std::string("Jello\0\0!", 8));
  REQUIRE(file->truncate(5).ok());
  CHECK(*read_up_to(*file, 1, 100) == "ello");
  CHECK(file->info()->size == 5);
  CHECK(disk.open("/d/f", FileSystem::Open::kCreate).status().code() == Code::kExists);
  CHECK(disk.open("/d/g", FileSystem::Open::kRead).status().code() == Code::kNotFound);
  CHECK(disk.open("/e/g", FileSystem::Open::kCreate).status().code() == Code::kNotFound);
  CHECK(disk.open("/d", FileSystem::Open::kRead).status().code() == Code::kIo);
}

TEST_CASE_FIXTURE(Mounted, "an open file outlives its name, a rename keeps its identity") {
  auto file = open_file(disk, "/d/f");
  FileId id = file->info()->id;
  REQUIRE(disk.rename("/d/f", "/d/g").ok());
  CHECK(disk.info("/d/g")->id == id);
  CHECK_FALSE(disk.exists("/d/f"));
  REQUIRE(disk.remove("/d/g").ok());
  REQUIRE(write_all(*file, "x", 0).ok());
  CHECK(file->info()->links == 0);
  CHECK(disk.remove("/d/g").code() == Code::kNotFound);
}

TEST_CASE_FIXTURE(Mounted, "a power failure keeps what was synced, bytes and names") {
  auto file = open_file(disk, "/d/f");
  REQUIRE(write_all(*file, "synced", 0).ok());
  REQUIRE(file->sync_data().ok());
  REQUIRE(disk.sync_directory("/d").ok());
  REQUIRE(write_all(*file, " and not", 6).ok());
  open_file(disk, "/d/g");
  disk.crash(Keep::kNothing);
  CHECK(disk.content("/d/f") == "synced");
  CHECK_FALSE(disk.exists("/d/g"));
  CHECK(disk.used() == 6);
}

TEST_CASE_FIXTURE(Mounted, "a synced file whose name was not synced is gone") {
  auto file = open_file(disk, "/d/f");
  REQUIRE(write_all(*file, "synced", 0).ok());
  REQUIRE(file->sync_data().ok());
  disk.crash(Keep::kNothing);
  CHECK_FALSE(disk.exists("/d/f"));
}

TEST_CASE_FIXTURE(Mounted, "a remove and a rename that were not synced are undone") {
  disk.put("/d/f", "f");
  disk.put("/d/g", "g");
  REQUIRE(disk.remove("/d/f").ok());
  REQUIRE(disk.rename("/d/g", "/d/h").ok());
  disk.crash(Keep::kNothing);
  CHECK(disk.names("/d") == std::vector<std::string>{"f", "g"});
}

TEST_CASE_FIXTURE(Mounted, "a rename happens whole or not at all") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SimulatedDisk other(seed);
    other.put("/a/f", "f");
    REQUIRE(other.make_directories("/b").ok());
    REQUIRE(other.rename("/a/f", "/b/f").ok());
    other.crash(Keep::kSubset);
    CHECK(other.exists("/a/f") != other.exists("/b/f"));
  }
}

TEST_CASE_FIXTURE(Mounted,
                  "a killed process leaves everything, and nothing more synced than before") {
  auto file = open_file(disk, "/d/f");
  REQUIRE(write_all(*file, "bytes", 0).ok());
  disk.crash(Keep::kAll);
  CHECK(disk.content("/d/f") == "bytes");
  CHECK(file->sync_data().code() == Code::kIo);  // of the process that died
  disk.crash(Keep::kNothing);
  CHECK_FALSE(disk.exists("/d/f"));
}

TEST_CASE("a prefix of the writes, or any subset of their sectors, may survive") {
  bool saw_cut = false;
  bool saw_hole = false;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    for (Keep keep : {Keep::kPrefix, Keep::kSubset}) {
      SimulatedDisk disk(seed);
      disk.put("/f", "");
      auto file = open_file(disk, "/f");
      std::string whole;
      for (int i = 0; i < 4; ++i) {
        std::string bytes(1000, static_cast<char>('a' + i));
        REQUIRE(write_all(*file, bytes, whole.size()).ok());
        whole += bytes;
      }
      disk.crash(keep);
      std::string left = disk.content("/f");
      REQUIRE(left.size() <= whole.size());
      if (keep == Keep::kPrefix) {
        CHECK(left == whole.substr(0, left.size()));
        saw_cut |= left.size() % 1000 != 0;
      } else {
        for (std::size_t i = 0; i < left.size(); ++i)
          REQUIRE((left[i] == whole[i] || left[i] == '\0'));
        saw_hole |= left.find('\0') != std::string::npos;
      }
    }
  }
  CHECK(saw_cut);
  CHECK(saw_hole);
}

TEST_CASE("the same seed loses the same") {
  auto left = [](std::uint64_t seed) {
    SimulatedDisk disk(seed);
    disk.put("/f", "");
    auto file = open_file(disk, "/f");
    for (int i = 0; i < 20; ++i)
      REQUIRE(write_all(*file, std::string(700, 'x'), static_cast<std::uint64_t>(i) * 700).ok());
    disk.crash(Keep::kSubset);
    return disk.content("/f");
  };
  CHECK(left(5) == left(5));
  CHECK(left(5) != left(6));
}

TEST_CASE_FIXTURE(Mounted, "a fault hits the nth matching call, as often as it was told") {
  disk.inject({.op = Op::kWrite, .path_part = "/f", .nth = 2, .times = 2});
  auto f = open_file(disk, "/d/f");
  auto g = open_file(disk, "/d/g");
  CHECK(write_all(*f, "1", 0).ok());
  CHECK(write_all(*g, "1", 0).ok());
  CHECK(write_all(*f, "2", 0).code() == Code::kIo);
  CHECK(write_all(*f, "3", 0).code() == Code::kIo);
  CHECK(write_all(*f, "4", 0).ok());
  disk.inject({.op = Op::kRemove, .times = SimulatedDisk::kForever, .effect = Effect::kNoSpace});
  CHECK(disk.remove("/d/f").code() == Code::kNoSpace);
  CHECK(disk.remove("/d/f").code() == Code::kNoSpace);
  disk.clear_faults();
  CHECK(disk.remove("/d/f").ok());
}

TEST_CASE_FIXTURE(Mounted, "short reads and writes do a part, at least a byte") {
  auto file = open_file(disk, "/d/f");
  disk.inject({.times = SimulatedDisk::kForever, .effect = Effect::kShort});
  std::string bytes = "some bytes that take several calls";
  REQUIRE(write_all(*file, bytes, 0).ok());
  CHECK(disk.content("/d/f") == bytes);
  CHECK(disk.count(Op::kWrite) > 1);
  CHECK(*read_up_to(*file, 0, 100) == bytes);
}

TEST_CASE_FIXTURE(Mounted,
                  "what a failed sync should have written is never written by a later one") {
  auto file = open_file(disk, "/d/f");
  REQUIRE(disk.sync_directory("/d").ok());
  REQUIRE(write_all(*file, "lost", 0).ok());
  disk.inject({.op = Op::kSync});
  CHECK(file->sync_data().code() == Code::kIo);
  CHECK(file->sync_data().ok());  // and it is a lie
  CHECK(disk.content("/d/f") == "lost");
  disk.crash(Keep::kNothing);
  CHECK(disk.content("/d/f").empty());

  disk.inject({.op = Op::kSyncDirectory});
  open_file(disk, "/d/g");
  CHECK(disk.sync_directory("/d").code() == Code::kIo);
  CHECK(disk.sync_directory("/d").ok());
  disk.crash(Keep::kSubset);
  CHECK_FALSE(disk.exists("/d/g"));
}

TEST_CASE_FIXTURE(Mounted, "a full disk takes what fits, and overwriting, and what was freed") {
  disk.set_capacity(10);
  auto file = open_file(disk, "/d/f");
  std::uint64_t written = 0;
  CHECK(write_all(*file, "0123456789ab", 0, &written).code() == Code::kNoSpace);
  CHECK(written == 10);
  CHECK(write_all(*file, "ABC", 3).ok());
  auto other = open_file(disk, "/d/g");
  CHECK(write_all(*other, "x", 0).code() == Code::kNoSpace);
  REQUIRE(disk.remove("/d/f").ok());
  CHECK(write_all(*other, "x", 0).ok());
  CHECK(disk.used() == 1);
}

TEST_CASE_FIXTURE(Mounted, "the machine stops between any two changing calls") {
  auto file = open_file(disk, "/d/f");
  disk.crash_after(2);
  CHECK(write_all(*file, "1", 0).ok());
  CHECK(file->info().ok());
  CHECK(file->sync_data().ok());
  CHECK_FALSE(disk.stopped());
  CHECK(disk.sync_directory("/d").code() == Code::kIo);
  CHECK(disk.stopped());
  CHECK(file->info().status().code() == Code::kIo);
  CHECK(disk.open("/d/f", FileSystem::Open::kRead).status().code() == Code::kIo);
  disk.crash(Keep::kAll);
  CHECK(*read_file(disk, "/d/f", 10) == "1");
}

TEST_CASE_FIXTURE(Mounted, "a lock excludes others until it goes, or its process dies") {
  auto held = disk.lock("/d/lock", "process 7");
  REQUIRE(held.ok());
  auto refused = disk.lock("/d/lock", "process 8");
  CHECK(refused.status().code() == Code::kExists);
  CHECK(refused.status().message() == "/d/lock is held by process 7");
  held = Status(Code::kInvalid, "gone");
  held = disk.lock("/d/lock", "process 8");
  REQUIRE(held.ok());
  disk.crash(Keep::kAll);
  auto next = disk.lock("/d/lock", "process 9");
  REQUIRE(next.ok());
  held = Status(Code::kInvalid, "gone");  // the dead process's does not open the new one's
  CHECK(disk.lock("/d/lock", "process 10").status().code() == Code::kExists);
}

}  // namespace
}  // namespace ox
