#include "oxd/write/log_keeper.h"

#include <future>
#include <set>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/civil_time.h"
#include "common/store/cutoffs.h"
#include "oxd/write/index_keeper.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/store/cutoff_logs.h"

namespace ox {
namespace {

struct LogKeeperFixture {
  LogKeeperFixture() {
    options.directory = "/logs";
    set_log_sink([](LogLevel, std::string_view) {});
    clock.set_wall(parse_date("20260110").value() + Seconds(3600));
  }
  ~LogKeeperFixture() { set_log_sink(nullptr); }

  // The file of a type and day, with some events.
  std::string put(const std::string& type, const std::string& day, std::size_t events = 100) {
    std::string path = "/logs/" + day + "/" + type + "-" + day + ".log";
    std::string bytes;
    for (std::size_t i = 0; i < events; ++i) bytes += from_hex("81a16101");
    disk.put(path, bytes);
    return path;
  }
  void look() {
    LogKeeper keeper(
        disk,
        [this](const std::string& path, const std::function<Status()>& change) {
          asked.insert(path);
          if (in_use.contains(path)) return Status(Code::kUnavailable, "is in use");
          return change();
        },
        metrics, clock, options);
    keeper.look();
  }

  SimulatedDisk disk;
  Metrics metrics;
  FakeClock clock;
  LogKeeperOptions options;
  std::set<std::string> in_use;
  std::set<std::string> asked;
};

}  // namespace

TEST_CASE_FIXTURE(LogKeeperFixture, "it compresses files so long after the end of their day") {
  options.compress_after = std::chrono::hours(25);
  std::string old = put("a", "20260108");
  std::string young = put("a", "20260109");
  std::string current = put("a", "20260110");
  look();
  CHECK(disk.exists(old + ".zst"));
  CHECK_FALSE(disk.exists(old));
  CHECK(disk.exists(young));
  CHECK(disk.exists(current));
  clock.advance(std::chrono::hours(24));
  look();
  CHECK(disk.exists(young + ".zst"));
  CHECK(disk.exists(current));
  CHECK(asked == std::set<std::string>{"20260108/a-20260108.log", "20260109/a-20260109.log"});
}

TEST_CASE_FIXTURE(LogKeeperFixture, "with hours in their names, too, the day must be over") {
  options.compress_after = Micros(0);
  disk.put("/logs/20260110/a-2026011000.log", from_hex("81a16101"));
  disk.put("/logs/20260109/a-2026010923.log", from_hex("81a16101"));
  look();
  CHECK(disk.exists("/logs/20260110/a-2026011000.log"));
  CHECK(disk.exists("/logs/20260109/a-2026010923.log.zst"));
}

TEST_CASE_FIXTURE(LogKeeperFixture, "a file in use is left, and taken when it is not") {
  options.compress_after = Micros(0);
  options.retain_days = 5;
  std::string recent = put("a", "20260109");
  std::string ancient = put("a", "20250101");
  in_use = {"20260109/a-20260109.log", "20250101/a-20250101.log"};
  look();
  CHECK(disk.exists(recent));
  CHECK(disk.exists(ancient));
  CHECK_FALSE(disk.exists(recent + ".zst.part"));
  CHECK(metrics.counter("keep.errors").value() == 0);
  in_use.clear();
  look();
  CHECK(disk.exists(recent + ".zst"));
  CHECK_FALSE(disk.exists(ancient));
}

TEST_CASE_FIXTURE(LogKeeperFixture, "it removes files that are older than the days to retain") {
  options.retain_days = 3;
  std::string past = put("a", "20260106");  // its day was over at the 7th
  std::string kept = put("a", "20260107");
  disk.put("/logs/20260106/b-20260106.log.gz", "x");
  disk.put("/logs/20260106/notes.txt", "mine");
  look();
  CHECK_FALSE(disk.exists(past));
  CHECK_FALSE(disk.exists("/logs/20260106/b-20260106.log.gz"));
  CHECK(disk.exists("/logs/20260106/notes.txt"));
  CHECK(disk.exists(kept));
  CHECK(metrics.counter("keep.removed_files").value() == 2);
}

TEST_CASE_FIXTURE(LogKeeperFixture, "it removes the oldest until all take no more than they may") {
  std::string first = put("a", "20260105", 1000);
  std::string second = put("b", "20260106", 1000);
  std::string third = put("c", "20260107", 1000);
  std::string current = put("a", "20260110", 1000);
  options.retain_bytes = 9000;  // of 16,000
  look();
  CHECK_FALSE(disk.exists(first));
  CHECK_FALSE(disk.exists(second));
  CHECK(disk.exists(third));
  CHECK(disk.exists(current));
  options.retain_bytes = 1;
  look();
  CHECK_FALSE(disk.exists(third));
  CHECK(disk.exists(current));
  CHECK(metrics.counter("keep.removed_bytes").value() == 12'000);
}

TEST_CASE_FIXTURE(LogKeeperFixture, "what fails is counted, and the next file is looked after") {
  options.compress_after = Micros(0);
  std::string bad = put("a", "20260108");
  disk.put(bad + ".zst", "of somebody else");
  std::string good = put("b", "20260108");
  look();
  CHECK(disk.exists(bad));
  CHECK(disk.exists(good + ".zst"));
  CHECK(metrics.counter("keep.errors").value() == 1);
  CHECK(metrics.counter("keep.compressed_files").value() == 1);
}

TEST_CASE_FIXTURE(LogKeeperFixture, "large files get an index, which goes with its file") {
  std::string closed = put("a", "20260105", 20'000);
  std::string current = put("a", "20260110", 20'000);
  std::string small = put("b", "20260105", 10);
  look();
  CHECK(disk.exists(closed + ".idx"));
  CHECK(disk.exists(current + ".idx"));
  CHECK_FALSE(disk.exists(small + ".idx"));
  CHECK(metrics.counter("keep.indexed_files").value() == 2);
  options.compress_after = Micros(0);
  look();
  CHECK(disk.exists(closed + ".zst"));
  CHECK(disk.exists(closed + ".idx"));
  CHECK(metrics.counter("keep.indexed_files").value() == 2);
  options.retain_days = 1;
  look();
  CHECK(disk.names("/logs/20260105").empty());
  CHECK(disk.exists(current + ".idx"));
}

TEST_CASE_FIXTURE(LogKeeperFixture,
                  "an open file's index is brought up to date when it has grown") {
  std::string current = put("a", "20260110", 20'000);
  IndexKeeper keeper(disk, metrics, clock, Seconds(60));
  IndexKeeper::Indexed file;
  file.file.path = current;
  auto look_at = [&](std::uint64_t bytes, bool closed) {
    disk.put(current, std::string(bytes, '\x01'));
    file.bytes = bytes;
    file.closed = closed;
    keeper.look({file}, [] { return true; });
    return metrics.counter("keep.indexed_files").value();
  };
  CHECK(look_at(100'000, false) == 1);
  CHECK(look_at(200'000, false) == 1);
  CHECK(look_at(100'000 + IndexKeeper::kGrowth, false) == 2);
  CHECK(look_at(200'000 + IndexKeeper::kGrowth, false) == 2);
  CHECK(look_at(200'000 + IndexKeeper::kGrowth, true) == 3);
  CHECK(look_at(200'000 + IndexKeeper::kGrowth, true) == 3);
  CHECK(metrics.counter("keep.index_errors").value() == 0);
}

TEST_CASE_FIXTURE(LogKeeperFixture, "a round that has no time left goes on in the next one") {
  std::string closed = put("a", "20260105", 2'000'000);
  IndexKeeper keeper(disk, metrics, clock, Seconds(60));
  IndexKeeper::Indexed file;
  file.file.path = closed;
  file.bytes = 8'000'000;
  file.closed = true;
  int rounds = 0;
  for (std::uint64_t read = 0; read < file.bytes && rounds < 100; ++rounds) {
    // Each question takes a fifth of the round's time.
    keeper.look({file}, [this] {
      clock.advance(Seconds(3));
      return true;
    });
    read = metrics.counter("keep.indexed_bytes").value();
  }
  CHECK(rounds > 2);
  CHECK(rounds < 10);
}

namespace {

struct CutKeeperFixture : CutoffLogs {
  CutKeeperFixture() {
    set_log_sink([](LogLevel, std::string_view) {});
    options.directory = "/logs";
    clock.set_wall(at("20260112"));
  }
  ~CutKeeperFixture() { set_log_sink(nullptr); }

  LogKeeper keeper() {
    return LogKeeper(
        disk, [](const std::string&, const std::function<Status()>& change) { return change(); },
        metrics, clock, options);
  }

  Metrics metrics;
  FakeClock clock;
  LogKeeperOptions options;
};

}  // namespace

TEST_CASE_FIXTURE(CutKeeperFixture,
                  "files of past days go when cut-offs hide all that is in them") {
  put("20260109", {1, 2});
  put("20260110", {1, 20});
  put("20260112", {1, 2});
  CHECK(cut(before(10), clock.wall()) == 5);
  keeper().look();
  CHECK_FALSE(disk.exists(path_of("20260109")));
  CHECK(disk.exists(path_of("20260110")));
  CHECK(disk.exists(path_of("20260112")));
  CHECK(seen() == Ends{20});
  CHECK(metrics.counter("keep.removed_files").value() == 1);
}

TEST_CASE_FIXTURE(CutKeeperFixture,
                  "a file that has something left is looked through once for each cut-off") {
  put("20260109", {1, 20});
  put("20260110", {1});
  CHECK(cut(before(10), clock.wall()) == 2);
  LogKeeper kept = keeper();
  kept.look();
  const auto reads = disk.count(SimulatedDisk::Op::kRead, "20260109");
  kept.look();
  CHECK(disk.count(SimulatedDisk::Op::kRead, "20260109") == reads);
  CHECK(cut(before(30), clock.wall()) == 1);
  kept.look();
  CHECK_FALSE(disk.exists(path_of("20260109")));
}

TEST_CASE_FIXTURE(CutKeeperFixture,
                  "a compressed file stays as long as later events lie beside it") {
  options.compress_after = Seconds(0);
  put("20260109", {1});
  put("20260112", {50});
  keeper().look();
  const std::string packed = path_of("20260109") + ".zst";
  REQUIRE(disk.exists(packed));
  CHECK(cut(before(10), clock.wall()) == 1);
  options.compress_after = Micros(-1);
  put("20260109", {2});
  const Cutoffs cutoffs = loaded();
  keeper().look();
  CHECK(disk.exists(packed));
}

TEST_CASE_FIXTURE(CutKeeperFixture, "cut-offs that cannot be read stop what they could concern") {
  options.compress_after = Seconds(0);
  put("20260109", {1});
  disk.put("/logs/cutoffs", "junk");
  keeper().look();
  CHECK(disk.exists(path_of("20260109")));
  CHECK(metrics.counter("keep.errors").value() == 1);
}

TEST_CASE_FIXTURE(CutKeeperFixture,
                  "what it is given is done on its thread, or told that it is not") {
  LogKeeper kept = keeper();
  std::promise<bool> first;
  kept.run([&first](bool go) { first.set_value(go); });
  kept.start();
  CHECK(first.get_future().get());
  kept.stop();
  std::promise<bool> second;
  kept.run([&second](bool go) { second.set_value(go); });
  CHECK_FALSE(second.get_future().get());
}

}  // namespace ox
