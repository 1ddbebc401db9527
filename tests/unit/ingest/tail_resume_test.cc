#include "tests/unit/ingest/tail_fixture.h"

namespace ox {
namespace {

TEST_CASE_FIXTURE(TailFixture,
                  "from every recorded position exactly the lines behind it come again") {
  append("a.log", "zero\n");
  auto tail = follow("a.log");
  std::string start = tail->position().encode();
  append("a.log", "one\n\ntwo\nthree\n");
  poll_into(*tail);
  tail.reset();
  auto events = sink.events;
  REQUIRE(events.size() == 3);
  sink.events.clear();
  CHECK(poll(*resume("a.log", start)) == Lines{"one", "two", "three"});
  CHECK(poll(*resume("a.log", events[0].position)) == Lines{"two", "three"});
  CHECK(poll(*resume("a.log", events[1].position)) == Lines{"three"});
  CHECK(poll(*resume("a.log", events[2].position)) == Lines{});
}

TEST_CASE_FIXTURE(TailFixture, "lines written while we were away are not missed") {
  append("a.log", "zero\n");
  std::string position = follow("a.log")->position().encode();
  append("a.log", "one\n");
  auto tail = resume("a.log", position);
  CHECK(poll(*tail) == Lines{"one"});
  append("a.log", "two\n");
  CHECK(poll(*tail) == Lines{"two"});
}

TEST_CASE_FIXTURE(TailFixture, "a file rotated while we were away is finished before the new one") {
  append("a.log", "zero\n");
  std::string position = follow("a.log")->position().encode();
  append("a.log", "one\n");
  rename("a.log", "any-name-at-all");
  append("a.log", "two\n");
  auto tail = resume("a.log", position);
  CHECK(poll(*tail) == Lines{"one", "two"});
  CHECK(tail->stats().lost_files == 0);
}

TEST_CASE_FIXTURE(TailFixture,
                  "rotated three times while we were away: every file is read, in order") {
  append("app.log", "zero\n");
  std::string position = follow("app.log")->position().encode();
  append("app.log", "one\n");
  rename("app.log", "app.log.1");
  append("app.log", "two\n");
  rename("app.log.1", "app.log.2");
  rename("app.log", "app.log.1");
  append("app.log", "three\n");
  rename("app.log.2", "app.log.3");
  rename("app.log.1", "app.log.2");
  rename("app.log", "app.log.1");
  append("app.log", "four\n");
  auto tail = resume("app.log", position);
  CHECK(poll(*tail) == Lines{"one", "two", "three", "four"});
}

TEST_CASE_FIXTURE(TailFixture, "a position taken during a rotation has both files") {
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "one\n");
  rename("a.log", "a.log.1");
  append("a.log", "two\nthree\n");
  poll_into(*tail);
  REQUIRE(sink.lines() == Lines{"one", "two", "three"});
  tail.reset();
  auto events = sink.events;
  sink.events.clear();
  append("a.log.1", "late\n");
  CHECK(poll(*resume("a.log", events[0].position)) == Lines{"late", "two", "three"});
  CHECK(poll(*resume("a.log", events[1].position)) == Lines{"late", "three"});
  CHECK(poll(*resume("a.log", events[2].position)) == Lines{"late"});
}

TEST_CASE_FIXTURE(TailFixture,
                  "rotated away and not created again yet: goes on with the old file") {
  append("a.log", "zero\n");
  std::string position = follow("a.log")->position().encode();
  append("a.log", "one\n");
  rename("a.log", "a.log.1");
  auto tail = resume("a.log", position);
  CHECK(poll(*tail) == Lines{"one"});
  append("a.log", "two\n");
  CHECK(poll(*tail) == Lines{"two"});
}

TEST_CASE_FIXTURE(TailFixture, "truncated while we were away: read from the start, and counted") {
  append("a.log", "zero\none\n");
  std::string position = follow("a.log")->position().encode();
  SUBCASE("shorter than the offset") { overwrite("a.log", "x\n"); }
  SUBCASE("longer, with other first bytes") { overwrite("a.log", "x\nyyyyyyyyyyyyyyyyyyyyyyy\n"); }
  auto tail = resume("a.log", position);
  CHECK(poll(*tail).front() == "x");
  CHECK(tail->stats().lost_files == 1);
}

TEST_CASE_FIXTURE(TailFixture,
                  "a file that is gone is counted, and the one at the path read from its start") {
  append("a.log", "zero\n");
  // Held, so that the new file cannot get its inode.
  auto holder = follow("a.log");
  std::string position = holder->position().encode();
  remove("a.log");
  append("a.log", "one\n");
  auto tail = resume("a.log", position);
  CHECK(poll(*tail) == Lines{"one"});
  CHECK(tail->stats().lost_files == 1);
}

TEST_CASE_FIXTURE(TailFixture,
                  "an inode used again for another file is not taken for the old one") {
  append("a.log", "2024-01-01 something\n");
  FilePosition position = follow("a.log")->position();
  remove("a.log");
  append("a.log", "2024-01-02 something else, longer\n");
  position.marks[0].id = FileSystem::real().info(dir / "a.log")->id;
  auto tail = resume("a.log", position.encode());
  CHECK(poll(*tail) == Lines{"2024-01-02 something else, longer"});
}

TEST_CASE_FIXTURE(TailFixture, "with nothing left at all it waits for a file to come") {
  append("a.log", "zero\n");
  FilePosition position = follow("a.log")->position();
  remove("a.log");
  auto tail = resume("a.log", position.encode());
  CHECK(tail->stats().lost_files == 1);
  CHECK(poll(*tail) == Lines{});
  FilePosition waiting = tail->position();
  CHECK(waiting.marks.empty());
  append("a.log", "one\n");
  CHECK(poll(*tail) == Lines{"one"});
  tail.reset();
  CHECK(poll(*resume("a.log", waiting.encode())) == Lines{"one"});
}

TEST_CASE_FIXTURE(TailFixture, "resumed inside a long line, its rest is no new line") {
  shared.options.max_line = 8;
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "12345678  9\nnext\n");
  poll_into(*tail);
  tail.reset();
  auto events = sink.events;
  sink.events.clear();
  REQUIRE(events[0].data == "12345678");
  CHECK(poll(*resume("a.log", events[0].position)) == Lines{"  9", "next"});
}

TEST_CASE_FIXTURE(
    TailFixture,
    "at every event of a run with rotations a crash neither loses nor doubles a line") {
  append("a.log", "");
  auto tail = follow("a.log");
  std::string at_start = tail->position().encode();
  auto write = [&](int round) {
    for (int i = 0; i < 3; ++i)
      append("a.log", "r" + std::to_string(round) + "." + std::to_string(i) + "\n");
  };
  Lines want;
  for (int round = 0; round < 3; ++round) {
    if (round > 0) {
      for (int n = round - 1; n > 0; --n)
        rename("a.log." + std::to_string(n), "a.log." + std::to_string(n + 1));
      rename("a.log", "a.log.1");
    }
    write(round);
    // Of each file, the last line stays for the next poll, behind the rotation.
    if (round < 2) sink.room = static_cast<std::size_t>(3 * round + 2);
    tail->poll();
    sink.room = 100;
  }
  tail->poll();
  tail.reset();
  auto events = sink.events;
  REQUIRE(events.size() == 9);
  sink.events.clear();
  for (const CollectedEvent& event : events) want.push_back(event.data);
  CHECK(poll(*resume("a.log", at_start)) == want);
  for (std::size_t crash = 0; crash < events.size(); ++crash) {
    CAPTURE(crash);
    Lines rest(want.begin() + static_cast<std::ptrdiff_t>(crash) + 1, want.end());
    CHECK(poll(*resume("a.log", events[crash].position)) == rest);
  }
}

}  // namespace
}  // namespace ox
