#include "common/spool/spilled_runs.h"

#include <algorithm>
#include <limits>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "common/spool/dedup.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"
#include "tests/unit/spool/many_runs.h"

namespace ox {
namespace {

using Op = SimulatedDisk::Op;
constexpr Micros kAge = Seconds(800);

struct SpilledFixture {
  SpilledFixture() { REQUIRE(disk.make_directories("/s").ok()); }

  static DedupRecord record(std::uint64_t run, std::uint64_t first, std::uint64_t last,
                            std::int64_t heard = 1) {
    return {numbered_run(run), first, last, Seconds(heard)};
  }
  void add(std::vector<DedupRecord> records, Micros now = Seconds(1)) {
    std::sort(records.begin(), records.end(), comes_before);
    auto merged = spilled->merge(records, now, kAge, [this](const Uuid& run) {
      auto it = in_memory.find(run);
      return it == in_memory.end() ? std::nullopt : std::optional<Micros>(it->second);
    });
    REQUIRE_MESSAGE(merged.ok(), merged.status().message());
    spilled->install(std::move(*merged));
  }
  bool known(std::uint64_t run, std::uint64_t seq) {
    return spilled->contains(numbered_run(run), seq);
  }
  // As after a restart, with the files that were in use.
  void restart() {
    auto refs = spilled->files();
    spilled = make();
    for (const DedupFileRef& ref : refs) REQUIRE(spilled->add_file(ref.number, &ref).ok());
  }
  std::unique_ptr<SpilledRuns> make() {
    return std::make_unique<SpilledRuns>(
        disk, "/s", test_run(3),
        SpilledRuns::Listener{[this](const DamagedRange& range) { damage.push_back(range); },
                              [this](const Status& status) { failures.push_back(status); }});
  }
  std::size_t files_on_disk() const { return disk.names("/s").size(); }

  SimulatedDisk disk;
  std::vector<DamagedRange> damage;
  std::vector<Status> failures;
  std::map<Uuid, Micros> in_memory;
  std::unique_ptr<SpilledRuns> spilled = make();
};

TEST_CASE_FIXTURE(SpilledFixture, "what was added is known, and nothing beside it") {
  CHECK_FALSE(known(1, 1));
  CHECK_FALSE(spilled->find(numbered_run(1)));
  add({record(1, 3, 5), record(1, 9, 9), record(2, 0, 0)});
  for (std::uint64_t seq = 0; seq < 12; ++seq) {
    CHECK(known(1, seq) == ((seq >= 3 && seq <= 5) || seq == 9));
    CHECK(known(2, seq) == (seq == 0));
    CHECK_FALSE(known(3, seq));
  }
  CHECK((spilled->find(numbered_run(1)) == record(1, 9, 9)));
  restart();
  CHECK(known(1, 9));
}

TEST_CASE_FIXTURE(SpilledFixture,
                  "of a run that left more than once, all is known, and the highest "
                  "record is found") {
  for (std::uint64_t run = 100; run < 200; ++run)
    add({record(run, 1, 1)});  // an older, larger file
  add({record(1, 1, 4, 5), record(1, 7, 9, 5)});
  add({record(1, 7, 20, 6)});  // came back with its highest record, which grew
  CHECK(spilled->files().size() > 1);
  CHECK((spilled->find(numbered_run(1)) == record(1, 7, 20, 6)));
  CHECK(known(1, 4));
  CHECK_FALSE(known(1, 5));
  CHECK(known(1, 15));
}

TEST_CASE_FIXTURE(SpilledFixture, "merging keeps exactly what was known") {
  std::uint64_t seed = test_seed(21);
  INFO("OX_TEST_SEED=", seed);
  std::mt19937_64 random(seed);
  std::map<std::uint64_t, IntervalSet> reference;
  for (int round = 0; round < 60; ++round) {
    std::map<std::uint64_t, IntervalSet> added;
    for (int i = 0; i < 40; ++i) {
      std::uint64_t run = random() % 300;
      std::uint64_t first = random() % 50;
      added[run].add_range(first, first + random() % 6);
    }
    std::vector<DedupRecord> records;
    for (const auto& [run, set] : added) {
      for (const auto& [first, last] : set.intervals()) {
        records.push_back(record(run, first, last));
        reference[run].add_range(first, last);
      }
    }
    add(records);
    if (round % 7 == 0) restart();
  }
  for (std::uint64_t run = 0; run < 300; ++run)
    for (std::uint64_t seq = 0; seq < 60; ++seq) {
      CAPTURE(run);
      CAPTURE(seq);
      REQUIRE(known(run, seq) == reference[run].contains(seq));
    }
  CHECK(damage.empty());
}

TEST_CASE_FIXTURE(SpilledFixture,
                  "the files are few, and each record is rewritten a few times only") {
  std::uint64_t written = 0;
  std::size_t most = 0;
  std::uint64_t next = 0;
  constexpr std::uint64_t kRounds = 200;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    std::vector<DedupRecord> records;
    for (int i = 0; i < 200; ++i) records.push_back(record(next++, 1, 2));
    add(records);
    spilled->remove_unnamed({});
    written += spilled->files().back().records;
    most = std::max(most, spilled->files().size());
    REQUIRE(files_on_disk() == spilled->files().size());
  }
  CHECK(most <= 8);  // log2 of 200
  CHECK(written <= next * 9);
  CHECK(spilled->run_count_approx() == next);
  CHECK(spilled->memory_bytes() < 2 * next);
  for (std::uint64_t run = 0; run < next; run += 97) REQUIRE(known(run, 2));
}

TEST_CASE_FIXTURE(SpilledFixture, "a file stays until no checkpoint names it") {
  add({record(1, 1, 1)});
  add({record(2, 1, 1)});  // together with the first
  REQUIRE(spilled->files().size() == 1);
  CHECK(disk.names("/s") == std::vector<std::string>{"dedup-1", "dedup-2"});
  CHECK(spilled->has_files({{1, 0, 0, {}}, {2, 0, 0, {}}}));
  spilled->remove_unnamed({1, 2});
  CHECK(disk.exists("/s/dedup-1"));
  spilled->remove_unnamed({2});
  CHECK_FALSE(disk.exists("/s/dedup-1"));
  CHECK_FALSE(spilled->has_files({{1, 0, 0, {}}}));
  spilled->remove_unnamed({});
  CHECK(disk.exists("/s/dedup-2"));  // it is in use
}

// Rule: dedup-uptime
TEST_CASE_FIXTURE(SpilledFixture,
                  "runs expire when all files are merged, some time after their age") {
  std::vector<DedupRecord> records;
  for (std::uint64_t run = 0; run < 500; ++run) records.push_back(record(run, 1, 3, 100));
  records.push_back(record(1000, 1, 3, 500));
  add(records, Seconds(500));
  CHECK_FALSE(spilled->merge_due(Seconds(600), kAge));
  CHECK(spilled->merge_due(Seconds(601), kAge));
  add({}, Seconds(900));  // nothing is old enough
  CHECK(known(7, 2));
  CHECK_FALSE(spilled->merge_due(Seconds(1000), kAge));
  REQUIRE(spilled->merge_due(Seconds(1001), kAge));
  in_memory[numbered_run(7)] = Seconds(950);  // it came back: what is spilled of it stays
  add({}, Seconds(1001));
  CHECK_FALSE(known(6, 2));
  CHECK(known(7, 2));
  CHECK(known(1000, 2));
  CHECK(spilled->files().size() == 1);
  CHECK(spilled->files()[0].runs == 2);
  CHECK((spilled->find(numbered_run(7)) == record(7, 1, 3, 950)));
  in_memory.clear();
  add({}, Seconds(3000));
  CHECK(spilled->files().empty());
  spilled->remove_unnamed({});
  CHECK(files_on_disk() == 0);
}

TEST_CASE_FIXTURE(SpilledFixture,
                  "a run that goes on in a newer file keeps what an older one has") {
  std::vector<DedupRecord> records;
  for (std::uint64_t run = 0; run < 500; ++run) records.push_back(record(run, 1, 3, 100));
  add(records, Seconds(100));
  add({record(7, 5, 6, 850)}, Seconds(150));
  REQUIRE(spilled->files().size() == 2);
  add({}, Seconds(901));
  CHECK(known(7, 2));
  CHECK(known(7, 6));
  CHECK_FALSE(known(8, 2));
}

// Rule: damage-aside
TEST_CASE_FIXTURE(SpilledFixture,
                  "damage is told once, costs its records only, and is merged away") {
  std::vector<DedupRecord> records;
  for (std::uint64_t run = 0; run < 300; ++run) records.push_back(record(run, 1, 3));
  add(records);
  std::string bytes = disk.content("/s/dedup-1");
  bytes[4096 + 1000] = static_cast<char>(bytes[4096 + 1000] ^ 1);
  disk.put("/s/dedup-1", bytes);
  restart();
  REQUIRE(damage.size() == 1);
  CHECK(damage[0].segment == "/s/dedup-1");
  int left = 0;
  for (std::uint64_t run = 0; run < 300; ++run) left += known(run, 2) ? 1 : 0;
  CHECK(left == 300 - 102);
  CHECK(damage.size() == 1);
  REQUIRE(spilled->merge_due(Seconds(2), kAge));
  add({}, Seconds(2));
  CHECK(damage.size() == 1);
  CHECK_FALSE(spilled->merge_due(Seconds(2), kAge));
  restart();
  CHECK(damage.size() == 1);
  CHECK(spilled->files()[0].records == 300 - 102);
}

TEST_CASE_FIXTURE(SpilledFixture, "a missing file is damage, and the others are read") {
  std::vector<DedupRecord> records;
  for (std::uint64_t run = 0; run < 300; ++run) records.push_back(record(run, 1, 3));
  add(records);
  add({record(1000, 1, 3)});
  REQUIRE(spilled->files().size() == 2);
  disk.erase("/s/dedup-1");
  restart();
  REQUIRE(damage.size() == 1);
  CHECK(damage[0].reason == "the file is missing");
  CHECK_FALSE(known(5, 2));
  CHECK(known(1000, 2));
  // Its number is not used again.
  add({record(5, 1, 3)});
  CHECK_FALSE(disk.exists("/s/dedup-1"));
}

// Rule: fail-stop
TEST_CASE_FIXTURE(SpilledFixture, "a disk that cannot be read is no answer") {
  add({record(1, 1, 3)});
  disk.inject({.op = Op::kRead, .path_part = "dedup-"});
  CHECK_FALSE(known(1, 2));
  REQUIRE(failures.size() == 1);
  CHECK(damage.empty());
  CHECK(known(1, 2));
}

TEST_CASE_FIXTURE(SpilledFixture, "a merge that fails changes nothing, whichever call it is") {
  std::vector<DedupRecord> records;
  for (std::uint64_t run = 0; run < 300; ++run) records.push_back(record(run, 1, 3));
  add(records);
  auto before = spilled->files();
  bool was_hit = true;
  std::uint64_t nth = 0;
  while (was_hit) {
    ++nth;
    CAPTURE(nth);
    std::size_t calls = disk.calls().size();
    disk.inject({.path_part = "/s", .nth = nth});
    std::vector<DedupRecord> more = {record(1000, 1, 3)};
    auto merged =
        spilled->merge(more, Seconds(500), kAge, [](const Uuid&) { return std::nullopt; });
    was_hit = disk.calls().size() - calls >= nth && !merged.ok();
    disk.clear_faults();
    REQUIRE(spilled->files() == before);
    REQUIRE(known(7, 2));
    REQUIRE_FALSE(known(1000, 2));
    if (was_hit) CHECK(disk.names("/s") == std::vector<std::string>{"dedup-1"});
  }
  CHECK(nth > 6);
}

}  // namespace
}  // namespace ox
