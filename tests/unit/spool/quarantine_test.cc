#include "common/spool/quarantine.h"

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;
using Effect = SimulatedDisk::Effect;

struct QuarantineFixture {
  QuarantineFixture() { disk.put(segment, bytes); }
  std::vector<std::string> names() const { return disk.names("/s/quarantine"); }

  SimulatedDisk disk;
  const std::string segment = "/s/00000000000000000100.seg";
  const std::string bytes = "0123456789abcdefghij";
  const std::string name = "/s/quarantine/00000000000000000100.seg.5+4";
  Quarantine quarantine{disk, "/s/quarantine"};
};

TEST_CASE_FIXTURE(QuarantineFixture,
                  "a copy is named after its place, and outlives a power failure") {
  CHECK_FALSE(disk.exists("/s/quarantine"));
  auto path = quarantine.copy({segment, 5, 4, "test"});
  REQUIRE(path.ok());
  CHECK(*path == name);
  disk.crash(Keep::kNothing);
  CHECK(disk.content(name) == "5678");
  CHECK(disk.content(segment) == bytes);
}

TEST_CASE_FIXTURE(QuarantineFixture,
                  "the same bytes are kept once, other bytes of the place beside them") {
  REQUIRE(quarantine.copy({segment, 5, 4, "test"}).ok());
  CHECK(*quarantine.copy({segment, 5, 4, "test"}) == name);
  CHECK(names().size() == 1);
  disk.put(segment, "01234XXXX9");
  CHECK(*quarantine.copy({segment, 5, 4, "test"}) == name + ".1");
  disk.put(segment, "01234YYYY9");
  CHECK(*quarantine.copy({segment, 5, 4, "test"}) == name + ".2");
  disk.put(segment, "01234XXXX9");
  CHECK(*quarantine.copy({segment, 5, 4, "test"}) == name + ".1");
  CHECK(disk.content(name) == "5678");
  CHECK(names().size() == 3);
}

TEST_CASE_FIXTURE(QuarantineFixture,
                  "a copy that a killed process left is synced before it counts") {
  REQUIRE(disk.make_directories("/s/quarantine").ok());
  {
    auto file = disk.open(name, FileSystem::Open::kCreate);
    REQUIRE(file.ok());
    REQUIRE(write_all(**file, "5678", 0).ok());
  }
  disk.crash(Keep::kAll);
  REQUIRE(quarantine.copy({segment, 5, 4, "test"}).ok());
  disk.crash(Keep::kNothing);
  CHECK(disk.content(name) == "5678");
  CHECK(names().size() == 1);
}

TEST_CASE_FIXTURE(QuarantineFixture,
                  "of a range that reaches over the end there is what there is") {
  CHECK(*quarantine.copy({segment, 18, 100, "test"}) ==
        "/s/quarantine/00000000000000000100.seg.18+2");
  CHECK(quarantine.copy({segment, 20, 5, "test"})->empty());
  CHECK(quarantine.copy({segment, 500, 5, "test"})->empty());
  CHECK(names().size() == 1);
}

TEST_CASE_FIXTURE(QuarantineFixture, "large ranges are copied whole") {
  std::string large;
  for (std::size_t i = 0; large.size() < (5 << 20) + 77; ++i) large += std::to_string(i * i);
  disk.put(segment, large);
  disk.inject({.op = Op::kWrite, .times = SimulatedDisk::kForever, .effect = Effect::kShort});
  auto path = quarantine.copy({segment, 11, large.size() - 22, "test"});
  REQUIRE(path.ok());
  CHECK(disk.content(*path) == large.substr(11, large.size() - 22));
  CHECK(*quarantine.copy({segment, 11, large.size() - 22, "test"}) == *path);
}

TEST_CASE_FIXTURE(QuarantineFixture, "half a copy is never left") {
  struct Case {
    Op op;
    Effect effect;
    Code code;
  };
  for (const Case& c : {Case{Op::kMakeDirectory, Effect::kEio, Code::kIo},
                        Case{Op::kCreate, Effect::kNoSpace, Code::kNoSpace},
                        Case{Op::kRead, Effect::kEio, Code::kIo},
                        Case{Op::kWrite, Effect::kNoSpace, Code::kNoSpace},
                        Case{Op::kSync, Effect::kEio, Code::kIo},
                        Case{Op::kSyncDirectory, Effect::kEio, Code::kIo}}) {
    disk.inject({.op = c.op, .effect = c.effect});
    CHECK(quarantine.copy({segment, 5, 4, "test"}).status().code() == c.code);
    CHECK(names().empty());
  }
  CHECK(quarantine.copy({segment, 5, 4, "test"}).ok());
}

TEST_CASE_FIXTURE(QuarantineFixture, "a file is taken as a whole, and overwrites none") {
  REQUIRE(disk.make_directories("/s/quarantine").ok());
  CHECK(*quarantine.take(segment) == "/s/quarantine/00000000000000000100.seg");
  disk.crash(Keep::kNothing);
  CHECK_FALSE(disk.exists(segment));
  CHECK(disk.content("/s/quarantine/00000000000000000100.seg") == bytes);
  disk.put(segment, "second");
  CHECK(*quarantine.take(segment) == "/s/quarantine/00000000000000000100.seg.1");
  CHECK(disk.content("/s/quarantine/00000000000000000100.seg") == bytes);
  CHECK(quarantine.take(segment).status().code() == Code::kNotFound);
}

TEST_CASE("a crash while a file is taken leaves it in one of the two places") {
  for (Keep keep : {Keep::kNothing, Keep::kPrefix, Keep::kSubset, Keep::kAll}) {
    bool done = false;
    for (std::uint64_t changes = 0; !done; ++changes) {
      QuarantineFixture f;
      f.disk.crash_after(changes);
      done = f.quarantine.take(f.segment).ok();
      f.disk.crash(keep);
      std::string taken = f.disk.content("/s/quarantine/00000000000000000100.seg");
      bool is_there = f.disk.content(f.segment) == f.bytes;
      CAPTURE(changes);
      CHECK(is_there != (taken == f.bytes));
      if (done) CHECK(taken == f.bytes);
    }
  }
}

}  // namespace
}  // namespace ox
