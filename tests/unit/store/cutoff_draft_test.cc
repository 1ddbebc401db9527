#include "common/store/cutoff_draft.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/store/log_indexer.h"
#include "tests/unit/store/cutoff_logs.h"

namespace ox {

TEST_CASE_FIXTURE(CutoffLogs,
                  "only files of today are named, and those that have something to hide") {
  put("20260108", {1});
  put("20260110", {2, 30});
  put("20260110", {40}, "logger.b");
  auto draft = draft_cutoff(disk, loaded(), before(10, "logger*"), at("20260110"), {});
  REQUIRE(draft.ok());
  CHECK(draft->hidden == 2);
  CHECK(draft->rule.day == parse_date("20260110").value());
  REQUIRE(draft->rule.files.size() == 1);
  CHECK(draft->rule.files.begin()->first == "20260110/logger-20260110.log");
  CHECK(draft->rule.files.begin()->second.length == disk.content(path_of("20260110")).size());
}

TEST_CASE_FIXTURE(CutoffLogs, "an event that is only half there is one that comes later") {
  put("20260110", {1});
  const std::string half = event(2);
  disk.put(path_of("20260110"), disk.content(path_of("20260110")) + half.substr(0, 10));
  CHECK(cut(before(10), at("20260110")) == 1);
  disk.put(path_of("20260110"), event(1) + half);
  CHECK(seen() == Ends{2});
}

TEST_CASE_FIXTURE(CutoffLogs, "without counting nothing is read but the ends of today's files") {
  put("20260108", {1});
  put("20260110", {2, 30});
  CutoffRequest request = before(10);
  request.count = false;
  CHECK(cut(request, at("20260110")) == 0);
  CHECK(disk.count(SimulatedDisk::Op::kRead, "20260108") == 0);
  CHECK(seen() == Ends{30});
}

TEST_CASE_FIXTURE(CutoffLogs, "without a file of such types there is nothing to reach") {
  put("20260108", {1}, "other");
  auto draft = draft_cutoff(disk, loaded(), before(10), at("20260110"), {});
  REQUIRE(draft.ok());
  CHECK_FALSE(draft->reaches_anything);
}

TEST_CASE_FIXTURE(CutoffLogs,
                  "what an index tells is counted without being read, and comes to the same") {
  std::vector<double> ends;
  for (int i = 0; i < 40'000; ++i) ends.push_back(i);
  put("20260108", ends);
  append("20260108", {1, 2});
  LogFile file{path_of("20260108"), "logger", parse_date("20260108").value(), Compression::kNone,
               false};
  auto count = [this](const CutoffRequest& request) {
    auto draft = draft_cutoff(disk, loaded(), request, at("20260110"), {});
    REQUIRE(draft.ok());
    return draft->hidden;
  };
  std::vector<CutoffRequest> requests;
  for (double end : {0.0, 1.5, 20'000.0, 1e9}) {
    requests.push_back(before(end));
    for (int level : {-1, 40, 50}) {
      requests.push_back(before(end));
      requests.back().scope.min_level = level;
    }
    for (const char* name : {"f", "nobody"}) {
      requests.push_back(before(end));
      requests.back().scope.names = {name};
      requests.push_back(requests.back());
      requests.back().scope.logger_ids = true;
    }
  }
  std::vector<std::uint64_t> plain;
  for (const CutoffRequest& request : requests) plain.push_back(count(request));
  CHECK(plain[0] == 0);
  CHECK(plain[requests.size() / 4 * 2] == 20'002);
  REQUIRE(index_log(disk, file, {}).ok());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(i);
    CHECK(count(requests[i]) == plain[i]);
  }
  // What is not read need not be there.
  std::string bytes = disk.content(path_of("20260108"));
  bytes.replace(0, 600'000, 600'000, '\xc1');
  disk.put(path_of("20260108"), bytes);
  CHECK(count(before(1e9)) == 40'002);
}

TEST_CASE_FIXTURE(CutoffLogs, "damage is told, and what is before it is counted") {
  put("20260108", {1});
  disk.put(path_of("20260108"), disk.content(path_of("20260108")) + "\xc1");
  put("20260109", {2});
  auto draft = draft_cutoff(disk, loaded(), before(10), at("20260110"), {});
  REQUIRE(draft.ok());
  CHECK(draft->hidden == 2);
  REQUIRE(draft->problems.size() == 1);
  CHECK(draft->problems[0].message().find("20260108") != std::string::npos);
}

TEST_CASE_FIXTURE(CutoffLogs, "it can be given up") {
  std::vector<double> ends(10'000, 1.0);
  put("20260108", ends);
  auto draft = draft_cutoff(disk, loaded(), before(10), at("20260110"), [] { return false; });
  CHECK(draft.status().code() == Code::kUnavailable);
}

TEST_CASE_FIXTURE(CutoffLogs,
                  "a file is gone when all of it is hidden, and it is nothing but events") {
  auto gone = [this](const std::string& bytes) {
    disk.put(path_of("20260108"), bytes);
    auto found = find_log_files(
        disk, "/logs", [](std::string_view) { return true; }, WallTime(0), WallTime::max() / 2);
    REQUIRE(found->files.size() == 1);
    const Cutoffs cutoffs = loaded();
    return all_hidden(disk, found->files[0], cutoffs.of(disk, found->files[0]), {});
  };
  put("20260108", {1});
  CHECK(cut(before(10), at("20260110")) == 1);
  // The day of the rule is that of the newest file: this one's.
  put("20260109", {1});
  CHECK(cut(before(10), at("20260110")) == 1);
  disk.erase(path_of("20260109"));
  CHECK(gone(event(1) + event(2)).value());
  CHECK_FALSE(gone(event(1) + event(20)).value());
  CHECK_FALSE(gone(event(1) + event(2).substr(0, 9)).value());
  CHECK_FALSE(gone(event(1) + "\xc1").ok());
}

}  // namespace ox
