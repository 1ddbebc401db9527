#include "oxd/write/cutoff_maker.h"

#include <deque>
#include <optional>

#include <doctest/doctest.h>

#include "common/base/log.h"
#include "tests/unit/store/cutoff_logs.h"

namespace ox {
namespace {

struct CutoffMakerFixture : CutoffLogs {
  CutoffMakerFixture() {
    set_log_sink([](LogLevel, std::string_view) {});
    clock.set_wall(at("20260110"));
  }
  ~CutoffMakerFixture() { set_log_sink(nullptr); }

  CutoffMaker maker() {
    return CutoffMaker(
        disk, "/logs", [this](std::function<void(bool)> job) { jobs.push_back(std::move(job)); },
        [this](const std::function<void(Status)>& done) {
          ++flushes;
          if (on_flush) on_flush(flushes);
          done(flushed);
        },
        [] { return true; }, metrics, clock);
  }
  void run_jobs(bool go = true) {
    for (; !jobs.empty(); jobs.pop_front()) jobs.front()(go);
  }
  CutoffReply ask(const CutoffRequest& request) {
    CutoffMaker made = maker();
    std::optional<CutoffReply> out;
    made.ask(request, [&out](const CutoffReply& reply) { out = reply; });
    run_jobs();
    REQUIRE(out.has_value());
    return *out;
  }

  Metrics metrics;
  FakeClock clock;
  std::deque<std::function<void(bool)>> jobs;
  std::function<void(int)> on_flush;
  Status flushed;
  int flushes = 0;
};

}  // namespace

TEST_CASE_FIXTURE(CutoffMakerFixture,
                  "it hides what is there, says how much, and the second time nothing") {
  put("20260109", {1, 20});
  put("20260110", {2, 30});
  CHECK(ask(before(10)).hidden == 2);
  CHECK(seen() == Ends{20, 30});
  CHECK(ask(before(10)).hidden == 0);
  CHECK(loaded().latest() == 1);
  CHECK(metrics.counter("cutoffs.hidden_events").value() == 2);
}

TEST_CASE_FIXTURE(CutoffMakerFixture, "what was accepted before is in the files before it counts") {
  on_flush = [this](int n) {
    if (n == 1) put("20260110", {2, 30});
    if (n == 2) append("20260110", {3});
  };
  CHECK(ask(before(10)).hidden == 1);
  CHECK(flushes == 2);
  CHECK(seen() == Ends{30, 3});
}

TEST_CASE_FIXTURE(CutoffMakerFixture, "files that cannot be flushed are left as they are") {
  put("20260109", {1});
  flushed = Status(Code::kUnavailable, "not everything could be written in time");
  CHECK(ask(before(10)).error.find("could be written") != std::string::npos);
  CHECK(seen() == Ends{1});
}

TEST_CASE_FIXTURE(CutoffMakerFixture, "a list that cannot be read is not replaced") {
  put("20260109", {1});
  disk.put("/logs/cutoffs", "junk");
  CHECK(ask(before(10)).error.find("/logs/cutoffs") != std::string::npos);
  CHECK(disk.content("/logs/cutoffs") == "junk");
}

TEST_CASE_FIXTURE(CutoffMakerFixture, "who asks the same while it waits gets the same answer") {
  put("20260109", {1});
  CutoffMaker made = maker();
  std::vector<std::uint64_t> answers;
  for (int i = 0; i < 3; ++i)
    made.ask(before(10), [&](const CutoffReply& reply) { answers.push_back(*reply.hidden); });
  CHECK(jobs.size() == 1);
  run_jobs();
  CHECK(answers == std::vector<std::uint64_t>{1, 1, 1});
}

TEST_CASE_FIXTURE(CutoffMakerFixture,
                  "too many different ones are refused, and so are all when the node stops") {
  CutoffMaker made = maker();
  std::vector<std::string> errors;
  for (int i = 0; i < 65; ++i)
    made.ask(before(i), [&](const CutoffReply& reply) { errors.push_back(reply.error); });
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("too many") != std::string::npos);
  run_jobs(false);
  REQUIRE(errors.size() == 65);
  CHECK(errors[64] == "oxd stops");
}

TEST_CASE_FIXTURE(CutoffMakerFixture,
                  "a disk that fails anywhere leaves a rule whole, or none of it") {
  for (std::uint64_t nth = 1; nth < 100; ++nth) {
    CAPTURE(nth);
    disk.erase("/logs/cutoffs");
    put("20260109", {1, 20});
    put("20260110", {2, 30});
    disk.inject({.nth = nth});
    const CutoffReply reply = ask(before(10));
    disk.clear_faults();
    const Ends ends = seen();
    const bool whole = ends == Ends{20, 30};
    const bool none = ends == Ends{1, 20, 2, 30};
    CHECK((whole || none));
    if (reply.error.empty() && reply.hidden == 2) CHECK(whole);
    CHECK(ask(before(10)).error.empty());
    CHECK(seen() == Ends{20, 30});
  }
}

}  // namespace ox
