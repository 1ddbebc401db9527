#include "common/store/cutoffs.h"

#include <doctest/doctest.h>

#include "common/base/crc32c.h"
#include "common/store/log_compressor.h"
#include "tests/unit/store/cutoff_logs.h"

namespace ox {
namespace {

Status compress_file(CutoffLogs& logs, const std::string& path) {
  const Cutoffs cutoffs = logs.loaded();
  auto compressed = compress_log(logs.disk, path, cutoffs, {});
  if (!compressed.ok()) return compressed.status();
  return install_compressed(logs.disk, *compressed);
}

}  // namespace

// Rule: cut-off-stored
TEST_CASE_FIXTURE(CutoffLogs, "what is hidden is gone, and what comes later is not") {
  put("20260109", {1, 2, 30});
  put("20260110", {3, 40});
  CHECK(cut(before(10), at("20260110")) == 3);
  CHECK(seen() == Ends{30, 40});
  append("20260110", {4, 50});
  CHECK(seen() == Ends{30, 40, 4, 50});
  // Again: the late one goes, and nothing is counted twice.
  CHECK(cut(before(10), at("20260110")) == 1);
  CHECK(seen() == Ends{30, 40, 50});
  CHECK(cut(before(10), at("20260110")) == 0);
  CHECK(loaded().rules().size() == 1);
}

TEST_CASE_FIXTURE(CutoffLogs, "other types and the file of many types are told apart") {
  put("20260109", {1, 20});
  put("20260109", {2}, "login");
  disk.put(path_of("20260109", "_overflow"),
           event(3) + event(4, "f", 40, "logger.x") + event(5, "f", 40, "other"));
  CHECK(cut(before(10, "logger*"), at("20260110")) == 3);
  CHECK(seen() == Ends{5, 20, 2});
}

// Rule: cut-off-stored
TEST_CASE_FIXTURE(CutoffLogs, "a file in another one's place is not the one that was meant") {
  put("20260110", {1, 2, 3});
  CHECK(cut(before(10), at("20260110")) == 3);
  CHECK(seen().empty());
  disk.put(path_of("20260110"), event(4) + event(5) + event(6) + event(7));
  CHECK(seen() == Ends{4, 5, 6, 7});
  disk.put(path_of("20260110"), event(4));
  CHECK(seen() == Ends{4});
}

TEST_CASE_FIXTURE(CutoffLogs, "a clock that is ahead does not hide what is still to come") {
  put("20260109", {1});
  CHECK(cut(before(10), at("20300101")) == 1);
  put("20260110", {2});
  append("20260109", {3});
  CHECK(seen() == Ends{3, 2});
}

TEST_CASE_FIXTURE(CutoffLogs, "one that was compressed since holds the same events") {
  put("20260110", {1, 2, 30});
  CHECK(cut(before(10), at("20260110")) == 2);
  // By another program.
  disk.put(path_of("20260110") + ".zst",
           FrameCompressor().compress(disk.content(path_of("20260110"))).value());
  disk.erase(path_of("20260110"));
  CHECK(seen() == Ends{30});
}

// Rule: cut-off-stored
TEST_CASE_FIXTURE(CutoffLogs, "compressing leaves out what is hidden, and later events are seen") {
  put("20260110", {1, 2, 30});
  CHECK(cut(before(10), at("20260110")) == 2);
  append("20260110", {3});
  REQUIRE(compress_file(*this, path_of("20260110")).ok());
  CHECK(seen() == Ends{30, 3});
  // Late ones, whose offsets begin anew.
  put("20260110", {4, 50});
  CHECK(seen() == Ends{30, 3, 4, 50});
  REQUIRE(compress_file(*this, path_of("20260110")).ok());
  CHECK(seen() == Ends{30, 3, 4, 50});
  CHECK(cut(before(4), at("20260112")) == 1);
  CHECK(seen() == Ends{30, 4, 50});
  put("20260110", {3.5});
  CHECK(cut(before(4), at("20260112")) == 1);
  REQUIRE(compress_file(*this, path_of("20260110")).ok());
  CHECK(seen() == Ends{30, 4, 50});
  // It is really not there any more.
  disk.erase("/logs/cutoffs");
  CHECK(seen() == Ends{30, 4, 50});
}

TEST_CASE_FIXTURE(CutoffLogs, "a compressed file that was there is hidden as it was") {
  put("20260110", {1, 20});
  REQUIRE(compress_file(*this, path_of("20260110")).ok());
  put("20260110", {2, 30});
  CHECK(cut(before(10), at("20260110")) == 2);
  CHECK(seen() == Ends{20, 30});
  append("20260110", {3});
  CHECK(seen() == Ends{20, 30, 3});
  REQUIRE(compress_file(*this, path_of("20260110")).ok());
  CHECK(seen() == Ends{20, 30, 3});
}

TEST_CASE_FIXTURE(CutoffLogs, "what a newer rule hides needs no older one") {
  put("20260108", {1, 2, 3, 4});
  put("20260110", {1, 2, 3, 4});
  CHECK(cut(before(2), at("20260110")) == 2);
  CHECK(cut(before(3), at("20260110")) == 2);
  CHECK(loaded().rules().size() == 1);
  CHECK(loaded().latest() == 2);
  CutoffRequest narrow = before(4);
  narrow.scope.names = {"f"};
  CHECK(cut(narrow, at("20260111")) == 2);
  CHECK(loaded().rules().size() == 2);
  CHECK(cut(before(5), at("20260111")) == 2);
  CHECK(loaded().rules().size() == 1);
  CHECK(seen().empty());
}

TEST_CASE_FIXTURE(CutoffLogs, "rules of files that are no more are forgotten") {
  put("20260109", {1});
  put("20260110", {2});
  CHECK(cut(before(10), at("20260110")) == 2);
  disk.erase(path_of("20260110"));
  Cutoffs cutoffs = loaded();
  auto found = find_log_files(
      disk, "/logs", [](std::string_view) { return true; }, WallTime(0), WallTime::max() / 2);
  cutoffs.forget_idle(disk, found->files);
  REQUIRE(cutoffs.rules().size() == 1);
  CHECK(cutoffs.rules()[0].files.empty());
  cutoffs.forget_idle(disk, {});
  CHECK(cutoffs.empty());
  CHECK(cutoffs.latest() == 1);
}

TEST_CASE_FIXTURE(CutoffLogs, "there are not more rules than a reader can ask") {
  put("20260109", {1});
  Cutoffs cutoffs = loaded();
  Status status;
  std::size_t taken = 0;
  for (; taken <= kMaxCutoffs && status.ok(); ++taken) {
    Cutoff rule;
    rule.scope = before(10).scope;
    rule.scope.names = {std::to_string(taken)};
    rule.day = at("20260110");
    status = cutoffs.add(rule);
  }
  CHECK(status.code() == Code::kTooLarge);
  CHECK(cutoffs.rules().size() == kMaxCutoffs);
}

TEST_CASE_FIXTURE(CutoffLogs, "they come back from the disk as they were") {
  put("20260109", {1});
  put("20260110", {2});
  CutoffRequest request = before(10, "lo*");
  request.scope.names = {"f", "g"};
  request.scope.min_level = -4;
  cut(request, at("20260110"));
  request = before(0);
  request.scope.before.reset();
  request.scope.logger_ids = true;
  cut(request, at("20260110"));
  const Cutoffs cutoffs = loaded();
  REQUIRE(cutoffs.rules().size() == 2);
  auto again = Cutoffs::decode(cutoffs.encode(), "/logs");
  REQUIRE(again.ok());
  CHECK(again->rules() == cutoffs.rules());
  CHECK(again->latest() == 2);
}

TEST_CASE_FIXTURE(CutoffLogs,
                  "a list that is damaged anywhere, cut, or newer is not taken for one") {
  put("20260110", {2});
  cut(before(10), at("20260110"));
  const std::string good = loaded().encode();
  for (std::size_t n = 0; n < good.size(); ++n) {
    CHECK_FALSE(Cutoffs::decode(good.substr(0, n), "/logs").ok());
    std::string bad = good;
    bad[n] = static_cast<char>(bad[n] ^ 1);
    CHECK_FALSE(Cutoffs::decode(bad, "/logs").ok());
  }
  std::string newer = good;
  newer[4] = 2;
  CHECK(Cutoffs::decode(newer, "/logs").status().code() == Code::kUnsupported);
  disk.put("/logs/cutoffs", "junk");
  auto loaded = Cutoffs::load(disk, "/logs");
  CHECK(loaded.status().code() == Code::kCorrupt);
  CHECK(loaded.status().message().find("/logs/cutoffs") != std::string::npos);
}

// Rule: cut-off-stored
TEST_CASE_FIXTURE(CutoffLogs,
                  "power that goes while a rule is made leaves it whole, or none of it") {
  for (std::uint64_t n = 0;; ++n) {
    CutoffLogs logs;
    INFO("after ", n, " changes");
    logs.put("20260109", {1, 20});
    logs.put("20260110", {2, 30});
    CHECK(logs.cut(before(2), at("20260110")) == 1);
    Cutoffs cutoffs = logs.loaded();
    auto draft = draft_cutoff(logs.disk, cutoffs, before(10), at("20260110"), {});
    REQUIRE(draft.ok());
    REQUIRE(cutoffs.add(draft->rule).ok());
    logs.disk.crash_after(n);
    const bool done = cutoffs.save(logs.disk).ok();
    logs.disk.crash(n % 2 == 0 ? SimulatedDisk::Keep::kSubset : SimulatedDisk::Keep::kNothing);
    const Ends ends = logs.seen();
    const bool whole = ends == Ends{20, 30};
    const bool none = ends == Ends{20, 2, 30};
    CHECK((whole || none));
    if (done) CHECK(whole);
    CHECK(logs.cut(before(10), at("20260110")) == (whole ? 0 : 1));
    if (done) break;
  }
}

// Rule: compressed-copy
TEST_CASE_FIXTURE(CutoffLogs, "power that goes while files are compressed brings nothing back") {
  std::uint64_t points = 0;
  for (bool again : {false, true}) {
    for (std::uint64_t n = 0;; ++n) {
      CutoffLogs logs;
      INFO("after ", n, " changes, again ", again);
      const std::string path = path_of("20260110");
      logs.put("20260110", {1, 20});
      if (again) {
        REQUIRE(compress_file(logs, path).ok());
        logs.put("20260110", {2, 30});
      }
      CHECK(logs.cut(before(10), at("20260110")) == (again ? 2 : 1));
      logs.append("20260110", {3});
      const Ends expected = again ? Ends{20, 30, 3} : Ends{20, 3};
      CHECK(logs.seen() == expected);
      logs.disk.crash_after(n);
      const bool done = compress_file(logs, path).ok();
      logs.disk.crash(n % 2 == 0 ? SimulatedDisk::Keep::kSubset : SimulatedDisk::Keep::kNothing);
      CHECK(logs.seen() == expected);
      REQUIRE(finish_compressions(logs.disk, "/logs").ok());
      CHECK(logs.seen() == expected);
      if (logs.disk.exists(path)) REQUIRE(compress_file(logs, path).ok());
      CHECK(logs.seen() == expected);
      ++points;
      if (done) break;
    }
  }
  CHECK(points > 10);
}

}  // namespace ox
