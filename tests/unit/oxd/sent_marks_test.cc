#include "oxd/forward/sent_marks.h"

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

constexpr Position kFar = 1000;  // the spool's end where a test does not care
constexpr WallTime kDay = std::chrono::hours(24);
constexpr WallTime kStart = Seconds(1'700'000'000);
using First = std::optional<WallTime>;

struct SentMarksFixture {
  SentMarksFixture() {
    REQUIRE(disk.make_directories("/s").ok());
    start(0, kFar);
  }
  // The process ends without a word, and another one finds the spool from `begin` to `end`.
  void start(Position begin, Position end) {
    mark.reset();
    disk.crash(SimulatedDisk::Keep::kNothing);
    auto loaded = SentMarks::load(disk, "/s", begin, end);
    REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
    marks = std::move(loaded).value();
    mark.emplace(*marks, "link://a:1");
  }
  First give(Position position, Position end, WallTime after) {
    return mark->give(position, end, kStart + after);
  }
  std::uint64_t writes() const { return disk.count(SimulatedDisk::Op::kRename, ""); }

  SimulatedDisk disk;
  std::unique_ptr<SentMarks> marks;
  std::optional<SentMark> mark;
};

TEST_CASE_FIXTURE(SentMarksFixture, "what was never given was never sent") {
  CHECK(give(0, 10, kDay) == First());
  CHECK(give(10, 20, kDay) == First());
}

// Rule: in-doubt-too-long
TEST_CASE_FIXTURE(SentMarksFixture,
                  "after a crash what was given is known to have been, and since when") {
  give(0, 10, Seconds(0));
  give(10, 20, Seconds(5));
  start(0, 30);
  CHECK(give(0, 10, 40 * kDay) == First(kStart));
  CHECK(give(10, 20, 40 * kDay) == First(kStart));
  CHECK(give(30, 40, 40 * kDay) == First());
}

// Rule: in-doubt-too-long
TEST_CASE_FIXTURE(SentMarksFixture,
                  "what came into the spool after a start was not sent before it") {
  give(0, 10, Seconds(0));
  mark->answered(1);
  start(10, 10);
  CHECK(give(10, 20, 40 * kDay) == First());
}

TEST_CASE_FIXTURE(SentMarksFixture, "what is acknowledged is in doubt no more") {
  give(0, 10, Seconds(0));
  give(10, 20, 2 * kDay);
  mark->answered(1);
  give(20, 30, 3 * kDay);
  start(10, 30);
  CHECK(give(10, 20, 40 * kDay) == First(kStart + 2 * kDay));
}

// Rule: in-doubt-too-long
TEST_CASE_FIXTURE(SentMarksFixture,
                  "what is taken back and given again has the time of its first sending") {
  give(0, 10, Seconds(0));
  give(10, 20, kDay);
  mark->taken_back();
  CHECK(give(0, 10, 40 * kDay) == First(kStart));
  CHECK(give(10, 20, 40 * kDay) == First(kStart));
  CHECK(give(20, 30, 40 * kDay) == First());
}

TEST_CASE_FIXTURE(SentMarksFixture, "the parts of a record were sent together or not") {
  CHECK(give(0, 10, Seconds(0)) == First());
  CHECK(give(0, 10, kDay) == First());
  mark->taken_back();
  CHECK(give(0, 10, 2 * kDay) == First(kStart));
  CHECK(give(0, 10, 2 * kDay) == First(kStart));
}

TEST_CASE_FIXTURE(SentMarksFixture,
                  "the file is written for the first batch, and hardly for others") {
  CHECK(writes() == 0);
  for (Position at = 0; at < 1000; ++at) {
    give(at, at + 1, Seconds(1));
    mark->answered(1);
  }
  CHECK(writes() == 1);
  give(1000, 1001, Seconds(3700));  // an hour later
  CHECK(writes() == 2);
  give(1001, Position(1) << 40, Seconds(3700));
  CHECK(writes() == 3);
}

TEST_CASE_FIXTURE(SentMarksFixture, "a lost connection, an end or an hour make the file exact") {
  give(0, 10, Seconds(0));
  SUBCASE("at once") { mark->settle(kStart); }
  SUBCASE("after an hour") {
    mark->look(kStart + Seconds(1800));
    CHECK(writes() == 1);
    mark->look(kStart + Seconds(3700));
  }
  CHECK(writes() == 2);
  mark->settle(kStart);
  mark->look(kStart + Seconds(7400));
  CHECK(writes() == 2);
  start(0, kFar);
  CHECK(give(0, 10, 40 * kDay) == First(kStart));
  CHECK(give(10, 20, 40 * kDay) == First());
}

TEST_CASE_FIXTURE(SentMarksFixture, "each target has a mark of its own") {
  SentMark other(*marks, "link:///run/with a blank");
  give(0, 10, Seconds(0));
  other.give(0, 10, kStart + kDay);
  start(0, 10);
  SentMark again(*marks, "link:///run/with a blank");
  CHECK(again.give(0, 10, kStart + 40 * kDay) == First(kStart + kDay));
  CHECK(give(0, 10, 40 * kDay) == First(kStart));
  // Those that concern nothing in the spool any more are forgotten.
  mark->settle(kStart);
  start(Position(1) << 40, Position(1) << 40);
  CHECK(marks->of("link://a:1") == SentMarks::Mark());
}

TEST_CASE_FIXTURE(SentMarksFixture, "a mark that cannot be written is tried again a second later") {
  disk.inject({.op = SimulatedDisk::Op::kWrite, .effect = SimulatedDisk::Effect::kNoSpace});
  give(0, 10, Seconds(0));
  give(10, 20, Millis(500));
  CHECK(writes() == 0);
  give(20, 30, Millis(1500));
  CHECK(writes() == 1);
  start(0, 30);
  CHECK(give(0, 10, 40 * kDay) == First(kStart));
}

TEST_CASE_FIXTURE(SentMarksFixture, "a file that is something else is named") {
  for (const char* text : {"", "x\n", "oxd sent 1\nsent 1 2\n", "oxd sent 1\nsent 1 x a\n",
                           "oxd sent 1\nsent -1 2 a\n", "oxd sent 1\nsend 1 2 a\n"}) {
    disk.put("/s/sent", text);
    auto loaded = SentMarks::load(disk, "/s", 0, kFar);
    CHECK(loaded.status().code() == Code::kCorrupt);
    CHECK(loaded.status().message().find("/s/sent") != std::string::npos);
  }
}

TEST_CASE("without a directory marks live as long as the process") {
  SimulatedDisk disk;
  auto marks = SentMarks::load(disk, "", 0, 0);
  REQUIRE(marks.ok());
  SentMark mark(**marks, "a");
  CHECK(mark.give(0, 10, kStart) == First());
  mark.taken_back();
  CHECK(mark.give(0, 10, kStart + kDay) == First(kStart));
  CHECK(disk.changes() == 0);
}

}  // namespace
}  // namespace ox
