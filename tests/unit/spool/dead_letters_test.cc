#include "common/spool/dead_letters.h"

#include <thread>

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;
using Effect = SimulatedDisk::Effect;

struct DeadLettersFixture {
  DeadLettersFixture() { REQUIRE(disk.make_directories("/d").ok()); }

  std::vector<std::string> names() const { return disk.names("/d/letters"); }
  std::string path(const std::string& letter) const { return "/d/letters/" + letter; }

  SimulatedDisk disk;
  DeadLetters letters{disk, "/d/letters"};
  const std::string name = test_run().to_string() + "-7-too-large.batch";
};

// Rule: dead-letter-first
TEST_CASE_FIXTURE(DeadLettersFixture,
                  "a batch is kept byte for byte, and outlives a power failure") {
  CHECK_FALSE(disk.exists("/d/letters"));
  BatchPtr batch = make_batch(7, 3);
  REQUIRE(letters.keep(*batch, "too-large").ok());
  disk.crash(Keep::kNothing);
  CHECK(names() == std::vector<std::string>{name});
  CHECK(disk.content(path(name)) == batch->bytes());
}

TEST_CASE_FIXTURE(DeadLettersFixture, "the same batch is kept once for each reason") {
  for (int i = 0; i < 3; ++i) REQUIRE(letters.keep(*make_batch(7), "too-large").ok());
  CHECK(names().size() == 1);
  REQUIRE(letters.keep(*make_batch(7), "malformed").ok());
  REQUIRE(letters.keep(*make_batch(8), "too-large").ok());
  CHECK(names().size() == 3);
}

TEST_CASE_FIXTURE(DeadLettersFixture, "another batch of the same name is kept beside the first") {
  for (std::uint32_t events = 1; events <= 3; ++events)
    REQUIRE(letters.keep(*make_batch(7, events), "too-large").ok());
  REQUIRE(letters.keep(*make_batch(7, 2), "too-large").ok());
  CHECK(names().size() == 3);
  CHECK(disk.content(path(name)) == make_batch(7, 1)->bytes());
  std::string stem = test_run().to_string() + "-7-too-large";
  CHECK(disk.content(path(stem + ".1.batch")) == make_batch(7, 2)->bytes());
  CHECK(disk.content(path(stem + ".2.batch")) == make_batch(7, 3)->bytes());
}

TEST_CASE_FIXTURE(DeadLettersFixture, "a sender that reuses a name for ever fills no disk") {
  for (std::uint32_t events = 1; events <= 100; ++events)
    REQUIRE(letters.keep(*make_batch(7, events, 10), "too-large").ok());
  CHECK(letters.keep(*make_batch(7, 101, 10), "too-large").code() == Code::kExists);
  CHECK(names().size() == 100);
}

TEST_CASE_FIXTURE(DeadLettersFixture, "what was not kept is told, and can be kept later") {
  struct Case {
    Op op;
    Effect effect;
    Code code;
  };
  for (const Case& c :
       {Case{Op::kMakeDirectory, Effect::kEio, Code::kIo},
        Case{Op::kCreate, Effect::kNoSpace, Code::kNoSpace},
        Case{Op::kWrite, Effect::kNoSpace, Code::kNoSpace},
        Case{Op::kSync, Effect::kEio, Code::kIo}, Case{Op::kRename, Effect::kEio, Code::kIo}}) {
    disk.inject({.op = c.op, .effect = c.effect});
    CHECK(letters.keep(*make_batch(7), "too-large").code() == c.code);
    CHECK_FALSE(disk.exists(path(name)));
  }
  REQUIRE(letters.keep(*make_batch(7), "too-large").ok());
  CHECK(names() == std::vector<std::string>{name});
}

TEST_CASE_FIXTURE(DeadLettersFixture,
                  "a name whose sync failed is synced when the batch comes again") {
  REQUIRE(letters.keep(*make_batch(1), "too-large").ok());
  disk.inject({.op = Op::kSyncDirectory, .path_part = "/d/letters"});
  CHECK(letters.keep(*make_batch(7), "too-large").code() == Code::kIo);
  disk.crash(Keep::kAll);  // a kill: the letter is seen, but nothing is known of the disk
  REQUIRE(letters.keep(*make_batch(7), "too-large").ok());
  CHECK(disk.count(Op::kSyncDirectory, "/d/letters") == 3);
}

TEST_CASE("a crash at any point leaves whole letters only, and those that were kept") {
  for (Keep keep : {Keep::kNothing, Keep::kPrefix, Keep::kSubset, Keep::kAll}) {
    bool done = false;
    for (std::uint64_t changes = 0; !done; ++changes) {
      DeadLettersFixture f;
      CAPTURE(changes);
      f.disk.crash_after(changes);
      bool first = f.letters.keep(*make_batch(1, 40), "too-large").ok();
      done = f.letters.keep(*make_batch(7, 40), "too-large").ok();
      f.disk.crash(keep);
      std::size_t letters = 0;
      for (const std::string& name : f.names()) {
        if (!name.ends_with(".batch")) continue;
        ++letters;
        std::uint64_t seq = name == f.name ? 7 : 1;
        REQUIRE(f.disk.content(f.path(name)) == make_batch(seq, 40)->bytes());
      }
      REQUIRE(letters >= std::size_t{first} + std::size_t{done});
      // And they can be kept afterwards.
      DeadLetters later(f.disk, "/d/letters");
      REQUIRE(later.keep(*make_batch(1, 40), "too-large").ok());
      REQUIRE(later.keep(*make_batch(7, 40), "too-large").ok());
      f.disk.crash(Keep::kNothing);
      std::vector<std::string> kept = f.names();
      REQUIRE(std::count_if(kept.begin(), kept.end(),
                            [](const std::string& name) { return name.ends_with(".batch"); }) == 2);
    }
  }
}

TEST_CASE_FIXTURE(DeadLettersFixture, "several outputs may keep letters at once") {
  std::vector<std::thread> outputs;
  for (std::uint64_t output = 0; output < 4; ++output)
    outputs.emplace_back([&, output] {
      for (std::uint64_t seq = 1; seq <= 20; ++seq)
        (void)letters.keep(*make_batch(output % 2 * 20 + seq), "too-large");
    });
  for (std::thread& output : outputs) output.join();
  CHECK(names().size() == 40);
}

}  // namespace
}  // namespace ox
