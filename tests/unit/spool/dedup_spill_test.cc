// Known runs beyond what memory holds: in files of the spool, through restarts and damage, with
// memory and checkpoints that do not grow.
#include <atomic>
#include <cmath>
#include <thread>

#include <doctest/doctest.h>

#include "common/base/crc32c.h"
#include "common/spool/spool_inspector.h"
#include "tests/unit/spool/intake_fixture.h"
#include "tests/unit/spool/many_runs.h"

namespace ox {
namespace {

using Op = SimulatedDisk::Op;
using Keep = SimulatedDisk::Keep;
using Seen = Dedup::Seen;

BatchId id(std::uint64_t run, std::uint64_t seq) { return {numbered_run(run), seq}; }

struct SpillFixture : IntakeFixture {
  explicit SpillFixture(DedupLimits limits = {
                            .intervals = 64, .idle = Seconds(60), .of_one_run = 8}) {
    intake_options.dedup_limits = limits;
    start();
  }
  ~SpillFixture() { stop(); }

  // As an acknowledging peer; true when the batch was taken, false when it was known.
  bool send(std::uint64_t run, std::uint64_t seq) {
    std::uint64_t copies = count("intake.duplicate_batches");
    std::size_t before = witness.safe().size();
    REQUIRE(intake->submit({make_batch(id(run, seq)), &witness, 0, true}));
    REQUIRE(witness.wait_for_safe(before + 1));
    return count("intake.duplicate_batches") == copies;
  }
  // Returns the bytes of the dedup state in the checkpoint.
  std::size_t checkpoint() {
    Position covers = 0;
    Micros uptime{};
    std::string dedup = intake->dedup_snapshot(&covers, &uptime);
    REQUIRE(spool->write_checkpoint(dedup, covers, "", covers, uptime).ok());
    return dedup.size();
  }
  // Runs, each with the numbers 1 and 2, that rest then; the first ones for longest.
  void fill_with_idle(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t run = first; run <= last; ++run) {
      REQUIRE(send(run, 1));
      REQUIRE(send(run, 2));
      clock.advance(Millis(1));
    }
    clock.advance(Seconds(61));
  }
  std::vector<std::string> dedup_files() const {
    std::vector<std::string> names;
    for (const std::string& name : disk.names("/s"))
      if (parse_dedup_file_name(name)) names.push_back(name);
    return names;
  }
  std::uint64_t reads() const { return disk.count(Op::kRead, "dedup-"); }
};

// Rules: dedup-spill, dedup-restart
TEST_CASE_FIXTURE(SpillFixture,
                  "idle runs leave memory and the checkpoint, and are known all the same") {
  fill_with_idle(1, 100);
  std::size_t full = checkpoint();
  REQUIRE(dedup_files().size() == 1);
  CHECK(full < 40 * 44 + 100);
  for (std::uint64_t run = 1; run <= 100; ++run) {
    CAPTURE(run);
    REQUIRE_FALSE(send(run, 1));
    REQUIRE_FALSE(send(run, 2));
  }
  for (Keep keep : {Keep::kAll, Keep::kNothing}) {
    checkpoint();
    restart_node(keep);
    for (std::uint64_t run = 1; run <= 100; ++run) REQUIRE_FALSE(send(run, 2));
  }
}

// Rule: dedup-spill
TEST_CASE_FIXTURE(SpillFixture, "runs that are not idle stay in memory") {
  for (std::uint64_t run = 1; run <= 100; ++run) REQUIRE(send(run, 1));
  checkpoint();
  CHECK(dedup_files().empty());
  for (std::uint64_t run = 101; run <= 600; ++run) REQUIRE(send(run, 1));
  checkpoint();  // more than eight times the bound: now they have to
  CHECK(dedup_files().size() == 1);
  CHECK(checkpoint() < 8 * 64 * 44);
  for (std::uint64_t run = 1; run <= 600; ++run) REQUIRE_FALSE(send(run, 1));
}

// Rule: dedup-spill
TEST_CASE_FIXTURE(SpillFixture, "a run that comes back goes on where it was") {
  fill_with_idle(1, 100);
  checkpoint();
  REQUIRE(send(1, 3));
  std::uint64_t before = reads();
  for (std::uint64_t seq = 4; seq <= 50; ++seq) REQUIRE(send(1, seq));
  for (std::uint64_t seq = 1; seq <= 50; ++seq) REQUIRE_FALSE(send(1, seq));
  CHECK(reads() == before);  // it is in memory, as one interval
  // It leaves again, with what came since, and is there after a power failure.
  fill_with_idle(101, 200);
  clock.advance(Seconds(61));
  checkpoint();
  restart_node(Keep::kNothing);
  for (std::uint64_t seq = 1; seq <= 50; ++seq) REQUIRE_FALSE(send(1, seq));
  REQUIRE(send(1, 51));
}

// Rule: dedup-restart
TEST_CASE_FIXTURE(SpillFixture, "a run that came back behind the checkpoint is known from both") {
  fill_with_idle(1, 100);
  checkpoint();
  REQUIRE(send(1, 3));
  REQUIRE(send(1, 5));
  restart_node(Keep::kNothing);
  for (std::uint64_t seq : Seqs{1, 2, 3, 5}) REQUIRE_FALSE(send(1, seq));
  REQUIRE(send(1, 4));
  checkpoint();
  restart_node(Keep::kNothing);
  for (std::uint64_t seq : Seqs{1, 2, 3, 4, 5}) REQUIRE_FALSE(send(1, seq));
}

TEST_CASE_FIXTURE(SpillFixture, "a new run costs no read, but for one in a hundred") {
  fill_with_idle(1, 400);
  checkpoint();
  std::uint64_t before = reads();
  for (std::uint64_t run = 1000; run < 1200; ++run) REQUIRE(send(run, 1));
  CHECK(reads() - before <= 12);
  before = reads();
  REQUIRE_FALSE(send(7, 1));
  CHECK(reads() - before <= 1 + dedup_files().size());
}

// Rules: dedup-spill, dedup-gaps
TEST_CASE_FIXTURE(SpillFixture, "of a run with many gaps memory holds the newest part") {
  // As the part of a batch that goes to one of several shards: every third number.
  for (std::uint64_t seq = 3; seq <= 3000; seq += 3) {
    REQUIRE(send(1, seq));
    if (seq % 300 == 0) REQUIRE(checkpoint() < 3000);
  }
  CHECK(dedup_files().size() >= 1);
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t seq = 3; seq <= 3000; seq += 3) REQUIRE_FALSE(send(1, seq));
    restart_node(Keep::kNothing);
  }
  // The gaps are as they were, also those far below.
  for (std::uint64_t seq : Seqs{1, 2, 4, 1501, 2999}) REQUIRE(send(1, seq));
  for (std::uint64_t seq : Seqs{1, 2, 4, 1501, 2999}) REQUIRE_FALSE(send(1, seq));
  restart_node(Keep::kNothing);
  for (std::uint64_t seq : Seqs{1, 2, 3, 4, 6, 1500, 1501, 2999}) REQUIRE_FALSE(send(1, seq));
}

// Rule: dedup-uptime
TEST_CASE_FIXTURE(SpillFixture,
                  "spilled runs expire by uptime, over restarts, and their files go") {
  fill_with_idle(1, 100);
  checkpoint();
  std::int64_t half = 15 * 24 * 3600;
  clock.advance(Seconds(half));
  REQUIRE(send(1, 3));
  checkpoint();
  // Nothing counts the time in which it is down, nor the wall clock.
  stop();
  cursors.clear();
  spool.reset();
  clock.set_wall(clock.wall() + Seconds(100 * half));
  restart(Keep::kNothing);
  start();
  checkpoint();
  REQUIRE_FALSE(send(50, 1));  // heard of again
  clock.advance(Seconds(half + 3600));
  REQUIRE(send(500, 1));
  checkpoint();
  REQUIRE(send(99, 2));        // forgotten
  REQUIRE_FALSE(send(1, 1));   // it went on in between
  REQUIRE_FALSE(send(50, 2));  // so did this
  checkpoint();
  checkpoint();
  REQUIRE(dedup_files().size() == 1);
  CHECK(disk.content("/s/" + dedup_files()[0]).size() == 8192);
  CHECK(spool->spilled_runs()->run_count_approx() <= 2);
}

// Rule: reserved-room
TEST_CASE_FIXTURE(SpillFixture, "on a full disk the runs stay in memory until there is room") {
  fill_with_idle(1, 100);
  disk.inject({.op = Op::kWrite,
               .path_part = "dedup-",
               .times = SimulatedDisk::kForever,
               .effect = SimulatedDisk::Effect::kNoSpace});
  std::size_t before = checkpoint();
  CHECK(before > 100 * 44);
  CHECK(dedup_files().empty());
  CHECK_FALSE(spool->failed());
  for (std::uint64_t run = 1; run <= 100; ++run) REQUIRE_FALSE(send(run, 2));
  clock.advance(Seconds(61));
  disk.clear_faults();
  CHECK(checkpoint() < before);
  CHECK(dedup_files().size() == 1);
}

// Rule: fail-stop
TEST_CASE_FIXTURE(SpillFixture,
                  "a failed sync of a dedup file stops the spool, and nothing is forgotten") {
  fill_with_idle(1, 100);
  checkpoint();
  fill_with_idle(101, 200);
  disk.inject({.op = Op::kSync, .path_part = "dedup-"});
  Position covers = 0;
  Micros uptime{};
  (void)intake->dedup_snapshot(&covers, &uptime);
  CHECK(spool->failed());
  restart_node(Keep::kNothing);
  for (std::uint64_t run = 1; run <= 200; ++run) REQUIRE_FALSE(send(run, 2));
}

// Rule: fail-stop
TEST_CASE_FIXTURE(SpillFixture,
                  "when a dedup file cannot be read nothing is taken that may be known") {
  fill_with_idle(1, 100);
  checkpoint();
  disk.inject({.op = Op::kRead, .path_part = "dedup-", .times = SimulatedDisk::kForever});
  REQUIRE(intake->submit({make_batch(id(5, 1)), &witness, 0, true}));
  REQUIRE(witness.wait_until([&] { return intake->full(); }));
  CHECK(spool->failed());
  std::size_t taken = witness.taken().size();
  CHECK(taken == 200);
  disk.clear_faults();
  restart_node(Keep::kNothing);
  REQUIRE_FALSE(send(5, 1));
}

// Rule: damage-aside
TEST_CASE_FIXTURE(SpillFixture,
                  "a damaged dedup file is told, kept aside, and costs its own runs") {
  fill_with_idle(1, 300);
  checkpoint();
  checkpoint();
  REQUIRE(dedup_files().size() == 1);
  std::string path = "/s/" + dedup_files()[0];
  stop();
  int forgotten = 0;
  SUBCASE("in a block") {
    flip(path, 4096 + 50);
    restart();
    CHECK(disk.names("/s/quarantine").size() == 1);
    forgotten = 102;
  }
  SUBCASE("in its header") {
    flip(path, 50);
    restart();
    CHECK(disk.names("/s/quarantine").size() == 1);
  }
  SUBCASE("it is gone") {
    disk.erase(path);
    restart();
    forgotten = 300 - 32;
  }
  CHECK(spool->recovery().damaged.size() == 1);
  CHECK(spool->recovery().damaged[0].segment == path);
  CHECK(spool->stats().damaged_ranges == 1);
  start();
  int taken = 0;
  for (std::uint64_t run = 1; run <= 300; ++run) taken += send(run, 1) ? 1 : 0;
  CHECK(taken == forgotten);
  checkpoint();
  // What is left was written anew: the next start finds nothing.
  checkpoint();
  restart_node(Keep::kNothing);
  CHECK(spool->recovery().damaged.empty());
}

TEST_CASE_FIXTURE(SpillFixture, "without any checkpoint the dedup files still count") {
  stop();
  options.segment_bytes = 4 * unit();  // so that no segment tells of the old runs any more
  restart();
  start();
  fill_with_idle(1, 100);
  checkpoint();
  fill_with_idle(101, 200);
  for (int i = 0; i < 4; ++i) checkpoint();
  stop();
  disk.put("/s/dedup-99", "never finished");
  flip("/s/checkpoint.0", 50);
  flip("/s/checkpoint.1", 50);
  restart();
  CHECK(spool->recovery().checkpoint_lost);
  CHECK(disk.names("/s/quarantine") == std::vector<std::string>{"dedup-99"});
  start();
  CHECK(spool->recovered_batches().size() < 10);
  for (std::uint64_t run = 1; run <= 160; ++run) REQUIRE_FALSE(send(run, 2));
}

TEST_CASE_FIXTURE(SpillFixture, "what no checkpoint names is removed at the start") {
  fill_with_idle(1, 100);
  checkpoint();
  auto files = dedup_files();
  stop();
  disk.put("/s/dedup-99", "never finished");
  disk.put("/s/dedup-100", disk.content("/s/" + files[0]));
  restart();
  CHECK(dedup_files() == files);
  CHECK(spool->recovery().damaged.empty());
}

TEST_CASE_FIXTURE(SpillFixture, "a dedup file of another spool or a newer program is left alone") {
  fill_with_idle(1, 100);
  checkpoint();
  std::string path = "/s/" + dedup_files()[0];
  std::string bytes = disk.content(path);
  stop();
  Code expected = Code::kInvalid;
  SUBCASE("of another spool") { bytes[16] = static_cast<char>(bytes[16] ^ 1); }
  SUBCASE("newer") {
    store_le(&bytes[12], std::uint32_t{2});
    expected = Code::kUnsupported;
  }
  store_le(&bytes[8], crc32c(std::string_view(bytes).substr(12, 4084)));
  disk.put("/s/dedup-77", bytes);
  disk.crash(Keep::kAll);
  std::uint64_t changes = disk.changes();
  CHECK(try_open().code() == expected);
  CHECK(disk.changes() <= changes + 2);  // the lock, and the directory's name
  CHECK(disk.content("/s/dedup-77") == bytes);
}

TEST_CASE_FIXTURE(SpillFixture, "a snapshot older than one that was written is refused") {
  fill_with_idle(1, 100);
  Position covers = 0;
  Micros uptime{};
  std::string old = intake->dedup_snapshot(&covers, &uptime);
  fill_with_idle(101, 200);
  for (int i = 0; i < 2; ++i) checkpoint();
  CHECK(spool->write_checkpoint(old, covers, "", covers, uptime).code() == Code::kInvalid);
  checkpoint();
}

TEST_CASE_FIXTURE(SpoolTest, "a spool that nobody sends to needs no dedup sets") {
  open();
  fill(1, 3);
  for (int i = 0; i < 2; ++i)
    REQUIRE(spool->write_checkpoint("", spool->committed(), "", 0, Seconds(1)).ok());
  close();
  SpoolInspector inspector(disk, "/s");
  REQUIRE(inspector.open().ok());
  CHECK(inspector.report().damage.empty());
  restart(Keep::kNothing);
  CHECK(spool->recovered_checkpoint()->dedup.empty());
  CHECK(spool->recovery().damaged.empty());
  REQUIRE(spool->write_checkpoint("", spool->committed(), "", 0, Seconds(1)).ok());
}

// Rule: dedup-spill
TEST_CASE_FIXTURE(SpillFixture, "runs leave and come back while batches come") {
  std::atomic<bool> over{false};
  std::thread checkpoints([&] {
    while (!over) {
      Position covers = 0;
      Micros uptime{};
      std::string dedup = intake->dedup_snapshot(&covers, &uptime);
      if (!spool->write_checkpoint(dedup, covers, "", covers, uptime).ok()) return;
    }
  });
  constexpr std::uint64_t kRuns = 300;
  std::uint64_t sent = 0;
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    for (int copies = 0; copies < 2; ++copies) {
      for (std::uint64_t run = 1; run <= kRuns; ++run, ++sent) {
        CHECK(intake->submit({make_batch(id(run, seq)), &witness, 0, true}));
        if (run == kRuns / 2) clock.advance(Seconds(61));  // all that came so far may leave
      }
    }
    CHECK(witness.wait_for_safe(sent));
    clock.advance(Seconds(61));
    CHECK(witness.wait_until([&] { return disk.count(Op::kCreate, "dedup-") >= seq; }));
  }
  over = true;
  checkpoints.join();
  CHECK(witness.taken().size() == 10 * kRuns);
  CHECK(count("intake.duplicate_batches") == 10 * kRuns);
  restart_node(Keep::kNothing);
  for (std::uint64_t run = 1; run <= kRuns; run += 7) REQUIRE_FALSE(send(run, 1 + run % 10));
}

// Rule: dedup-spill
TEST_CASE("200,000 short runs take bounded memory, checkpoints, files and writes") {
  SpillFixture f(DedupLimits{});  // the bounds of the product
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  constexpr std::uint64_t kRuns = 40'000;
#else
  constexpr std::uint64_t kRuns = 200'000;
#endif
  constexpr std::uint64_t kGroup = 500;  // between two checkpoints
  std::size_t largest = 0;
  std::size_t most_files = 0;
  for (std::uint64_t run = 0; run < kRuns;) {
    for (std::uint64_t i = 0; i < kGroup; ++i, ++run)
      REQUIRE(f.intake->submit({make_batch(id(run, 1)), &f.witness, 0, true}));
    REQUIRE(f.witness.wait_for_safe(run));
    f.clock.advance(Seconds(20));
    largest = std::max(largest, f.checkpoint());
    most_files = std::max(most_files, f.dedup_files().size());
  }
  // 44 bytes a run: the bound, a quarter more until a file is worth it, and what is not idle.
  CHECK(largest <= 44 * (4096 + 1024 + 4 * kGroup) + 1024);
  CHECK(f.disk.content("/s/checkpoint.0").size() <= 1024 * 1024);
  CHECK(most_files <= 2 * static_cast<std::size_t>(std::log2(kRuns / 1024)) + 2);
  CHECK(f.spool->spilled_runs()->memory_bytes() <= 2 * kRuns);
  std::uint64_t records = 0;
  for (const DedupFileRef& ref : f.spool->spilled_runs()->files()) records += ref.records;
  CHECK(records <= kRuns);
  CHECK(records >= kRuns - 8192);
  CHECK(f.count("intake.duplicate_batches") == 0);
  f.restart_node(Keep::kNothing);
  for (std::uint64_t run = 0; run < kRuns; run += 501) REQUIRE_FALSE(f.send(run, 1));
  REQUIRE(f.send(kRuns, 1));
}

TEST_CASE("a checkpoint with many runs, as the first format had, is taken over and gets small") {
  SpillFixture f;
  f.fill_with_idle(1, 1000);
  Dedup all;
  for (std::uint64_t run = 1; run <= 1000; ++run)
    for (std::uint64_t seq = 1; seq <= 2; ++seq) all.commit(id(run, seq), Seconds(1));
  Position end = f.spool->committed();
  REQUIRE(f.spool->write_checkpoint(all.snapshot(), end, "", end, Seconds(1)).ok());
  f.restart_node(Keep::kNothing);
  CHECK(f.dedup_files().empty());
  f.clock.advance(Seconds(61));
  CHECK(f.checkpoint() < 64 * 44);
  for (std::uint64_t run = 1; run <= 1000; ++run) REQUIRE_FALSE(f.send(run, 2));
}

// Rule: dedup-spill
TEST_CASE_FIXTURE(IntakeFixture,
                  "a node without a disk forgets idle runs beyond its bound, and counts them") {
  options.path = "";
  intake_options.dedup_limits = {.intervals = 8, .idle = Seconds(60), .of_one_run = 8};
  open();
  start();
  auto send = [&](std::uint64_t run) {
    std::size_t before = witness.safe().size();
    REQUIRE(intake->submit({make_batch(id(run, 1)), &witness, 0, true}));
    REQUIRE(witness.wait_for_safe(before + 1));
  };
  for (std::uint64_t run = 1; run <= 100; ++run) send(run);
  CHECK(count("intake.forgotten_intervals") == 0);
  clock.advance(std::chrono::hours(1));
  send(200);
  send(201);
  REQUIRE(witness.wait_until([&] { return count("intake.forgotten_intervals") > 0; }));
  Position covers = 0;
  Micros uptime{};
  CHECK(intake->dedup_snapshot(&covers, &uptime).size() <= 44 * 40);
  send(201);
  CHECK(count("intake.duplicate_batches") == 1);
}

}  // namespace
}  // namespace ox
