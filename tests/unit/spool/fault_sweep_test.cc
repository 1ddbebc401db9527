// Every call to the disk x EIO, ENOSPC, EINTR, half a read or write, a failed fsync: whatever fails,
// once, and wherever, what was acknowledged is in the files exactly once, the node starts, and fresh
// events flow; or it says that it has failed, and all of that holds after the next start.
#include "tests/support/fault_sweep.h"

#include <functional>
#include <optional>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/base/log.h"
#include "common/spool/dead_letters.h"
#include "oxd/forward/saved_targets.h"
#include "oxd/forward/shard_map.h"
#include "oxd/identity.h"
#include "tests/unit/ingest/journal_fixture.h"
#include "tests/unit/spool/batches.h"
#include "tests/unit/spool/sweep_world.h"

namespace ox {
namespace {

using Keep = SimulatedDisk::Keep;
using Op = SimulatedDisk::Op;

struct QuietFaults {
  QuietFaults() {
    set_log_level(LogLevel::kError);
    set_log_sink([](LogLevel, std::string_view) {});
  }
  ~QuietFaults() { set_log_sink(nullptr); }
};

// What a sweep has done: printed, so that a sweep that sweeps nothing is seen.
struct Tally {
  std::uint64_t calls = 0;
  std::uint64_t faults = 0;
  std::uint64_t struck = 0;  // faults that came up: threads may take another turn
  std::uint64_t restarts = 0;
};

void tell(const char* what, const Tally& tally) {
  fmt::print("figure: faults of {}: {} calls, {} faults, {} struck, {} restarts, 0 violations\n",
             what, tally.calls, tally.faults, tally.struck, tally.restarts);
}

// --- A whole node: spool, log files, checkpoints -------------------------------------------------

// What a failed sync has lost is lost: a process that is started again sees it in the page cache, and
// nobody can promise anything for a power cut that follows. A failed sync of a directory of log
// files is tried again: file systems keep names in their journal, and one that cannot write it takes
// no more at all.
bool may_lose_power(const SimulatedDisk::Fault& fault, Keep keep) {
  if (fault.op == Op::kSyncDirectory && fault.path_part.starts_with("/logs")) return false;
  return keep == Keep::kNothing || (fault.op != Op::kSync && fault.op != Op::kSyncDirectory);
}

bool was_made(const SimulatedDisk& disk, const SimulatedDisk::Fault& fault) {
  std::uint64_t seen = 0;
  for (const SimulatedDisk::Call& call : disk.calls())
    seen += call.op == *fault.op && call.path == fault.path_part;
  return seen >= fault.nth;
}

// The calls of a node on a sound disk. Whether it is killed between a write and the checkpoint, so that
// a log file has to be cut, is a matter of which thread comes first: it is run until it is.
std::vector<SimulatedDisk::Call> sound_calls(Keep keep) {
  for (int run = 0;; ++run) {
    SimulatedDisk sound(test_seed(1));
    SweepWorld world(sound);
    world.run(keep);
    std::vector<SimulatedDisk::Call> calls = sound.calls();
    REQUIRE(sound.count(Op::kCreate, ".seg") >= 5);
    REQUIRE(sound.count(Op::kRemove, ".seg") + sound.count(Op::kRename, ".seg") >= 2);
    REQUIRE(sound.count(Op::kRename, "spare-") >= 1);
    REQUIRE(sound.count(Op::kCreate, ".log") == 4);  // two types, two days
    bool cut = keep != Keep::kAll || sound.count(Op::kTruncate, ".log") >= 1;
    world.finish();
    REQUIRE_MESSAGE(world.violations().empty(), world.report());
    if (cut) return calls;
    REQUIRE(run < 100);
  }
}

void sweep_node(Keep keep, Tally& tally) {
  std::vector<SimulatedDisk::Call> calls = sound_calls(keep);
  tally.calls = calls.size();
  for (const SimulatedDisk::Fault& fault : every_fault(calls)) {
    ++tally.faults;
    SimulatedDisk disk(test_seed(1));
    disk.inject(fault);
    INFO("OX_TEST_SEED=", disk.seed(), " ", describe(fault));
    SweepWorld world(disk);
    bool power = may_lose_power(fault, keep);
    world.run(power ? keep : Keep::kAll);
    tally.struck += was_made(disk, fault);
    tally.restarts += world.restarts();
    disk.clear_faults();
    world.finish(power ? Keep::kNothing : Keep::kAll);
    REQUIRE_MESSAGE(world.violations().empty(), world.report());
  }
}

// Rules: fail-stop, log-sync-failed
TEST_CASE_FIXTURE(QuietFaults, "any call of a node that fails breaks no promise") {
  Keep keep = Keep::kNothing;
  SUBCASE("and the power goes when the node has to be started again") {}
  SUBCASE("and the process alone is started again") { keep = Keep::kAll; }
  Tally tally;
  sweep_node(keep, tally);
  tell("a node", tally);
  CHECK(tally.faults > 2 * tally.calls);
  CHECK(tally.struck > 900);  // calls that only a slow machine makes need not come again
  CHECK(tally.restarts > 20);
}

// --- oxingest's journal --------------------------------------------------------------------------

// A life with all that can happen in one: lines, acknowledgements, a rotated log, reclaimed space.
Status follow(JournalFixture& f, Follower& follower) {
  OX_RETURN_IF_ERROR(follower.start());
  OX_RETURN_IF_ERROR(follower.run(1));
  if (f.written.size() < 12) f.write(12);
  OX_RETURN_IF_ERROR(follower.run(2));
  if (f.rotations == 0) {
    f.rotate();
    f.write(12);
  }
  OX_RETURN_IF_ERROR(follower.run(3));
  follower.journal().reclaim();
  if (f.written.size() < 30) f.write(6);
  return follower.run();
}

TEST_CASE("any call of a journal that fails costs no line and doubles none") {
  for (Keep keep : {Keep::kNothing, Keep::kAll}) {
    JournalFixture sound;
    sound.started().reset();
    std::size_t before = sound.disk.calls().size();
    REQUIRE(follow(sound, *sound.make()).ok());
    std::vector<SimulatedDisk::Call> calls = sound.disk.calls();
    calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
    Tally tally;
    tally.calls = calls.size();
    for (const SimulatedDisk::Fault& fault : every_fault(calls)) {
      JournalFixture f;
      INFO("OX_TEST_SEED=", f.disk.seed(), " ", describe(fault));
      f.started().reset();
      f.disk.inject(fault);
      ++tally.faults;
      bool ok = follow(f, *f.make()).ok();
      tally.struck += was_made(f.disk, fault);
      f.disk.clear_faults();
      if (!ok) {
        ++tally.restarts;
        f.disk.crash(keep);
      }
      Status status = follow(f, *f.make());
      REQUIRE_MESSAGE(status.ok(), status.message());
      f.check_all_came();
    }
    tell("a journal", tally);
    CHECK(tally.struck * 10 > tally.faults * 9);
    CHECK(tally.restarts > 20);
  }
}

// --- Small files: each holds the former content or the new one, and takes the new one at last ----

struct SmallFile {
  const char* name;
  // `n` is 1 for the former content, 2 for the new one.
  std::function<Status(SimulatedDisk&, int n)> write;
  std::function<bool(SimulatedDisk&, int n)> holds;
};

void sweep_small_file(const SmallFile& file, Keep keep) {
  SimulatedDisk sound;
  REQUIRE(file.write(sound, 1).ok());
  std::size_t before = sound.calls().size();
  REQUIRE(file.write(sound, 2).ok());
  REQUIRE(file.holds(sound, 2));
  std::vector<SimulatedDisk::Call> calls = sound.calls();
  Tally tally;
  tally.calls = calls.size() - before;
  for (std::size_t nth = before + 1; nth <= calls.size(); ++nth) {
    for (SimulatedDisk::Fault fault : every_fault({calls[nth - 1]})) {
      INFO(std::string(file.name), ": ", describe(fault));
      SimulatedDisk disk;
      REQUIRE(file.write(disk, 1).ok());
      disk.inject({std::nullopt, "", nth - before, 1, fault.effect});
      ++tally.faults;
      bool ok = file.write(disk, 2).ok();
      ++tally.struck;
      disk.clear_faults();
      disk.crash(keep);
      REQUIRE((file.holds(disk, 2) || (!ok && file.holds(disk, 1))));
      tally.restarts += !ok;
      REQUIRE(file.write(disk, 2).ok());
      disk.crash(Keep::kAll);
      REQUIRE(file.holds(disk, 2));
    }
  }
  tell(file.name, tally);
  CHECK(tally.restarts > 3);
}

TEST_CASE_FIXTURE(QuietFaults,
                  "any call that fails leaves dead letters, targets and shards whole") {
  const SmallFile files[] = {
      {"a dead letter",
       [](SimulatedDisk& disk, int n) {
         DeadLetters letters(disk, "/d/letters");
         return letters.keep(*make_batch(static_cast<std::uint64_t>(n), 40), "too-large");
       },
       [](SimulatedDisk& disk, int n) {
         bool found = false;
         for (const std::string& name : disk.names("/d/letters"))
           found |= name.ends_with(".batch") &&
                    disk.content("/d/letters/" + name) ==
                        make_batch(static_cast<std::uint64_t>(n), 40)->bytes();
         return found;
       }},
      {"saved targets",
       [](SimulatedDisk& disk, int n) {
         OX_RETURN_IF_ERROR(disk.make_directories("/state"));
         return SavedTargets(disk, "/state")
             .save({*Target::parse("first")}, {*Target::parse(n == 1 ? "former" : "new")});
       },
       [](SimulatedDisk& disk, int n) {
         auto list = SavedTargets(disk, "/state").load({*Target::parse("first")});
         return list.ok() && list->size() == 1 &&
                list->front().name == Target::parse(n == 1 ? "former" : "new")->name;
       }},
      {"the map of shards",
       [](SimulatedDisk& disk, int n) {
         OX_RETURN_IF_ERROR(disk.make_directories("/spool"));
         ShardMap map;
         map.generation = static_cast<std::uint64_t>(n);
         map.targets = {"link://a:1"};
         return map.save(disk, "/spool");
       },
       [](SimulatedDisk& disk, int n) {
         auto map = ShardMap::load(disk, "/spool");
         return map.ok() && map->generation == static_cast<std::uint64_t>(n);
       }},
  };
  for (const SmallFile& file : files)
    for (Keep keep : {Keep::kNothing, Keep::kPrefix, Keep::kAll}) sweep_small_file(file, keep);
}

TEST_CASE_FIXTURE(QuietFaults,
                  "a node's identity is drawn once, whatever fails at its first start") {
  for (std::uint64_t nth = 1; nth < 20; ++nth) {
    for (auto effect : {SimulatedDisk::Effect::kEio, SimulatedDisk::Effect::kNoSpace,
                        SimulatedDisk::Effect::kShort, SimulatedDisk::Effect::kInterrupted}) {
      CAPTURE(nth);
      SimulatedDisk disk;
      disk.inject({std::nullopt, "", nth, 1, effect});
      auto first = load_identity(disk, "/state");
      disk.clear_faults();
      disk.crash(Keep::kNothing);
      auto second = load_identity(disk, "/state");
      REQUIRE(second.ok());
      if (first.ok()) CHECK(*first == *second);
      disk.crash(Keep::kNothing);
      CHECK(*load_identity(disk, "/state") == *second);
    }
  }
}

}  // namespace
}  // namespace ox
