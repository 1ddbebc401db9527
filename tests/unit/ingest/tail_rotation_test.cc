#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/ingest/tail_fixture.h"

namespace ox {
namespace {

TEST_CASE_FIXTURE(TailFixture,
                  "rotation by rename: the old file's rest comes before the new file") {
  append("a.log", "old\n");
  auto tail = follow("a.log");
  append("a.log", "one\n");
  CHECK(poll(*tail) == Lines{"one"});
  append("a.log", "two\n");
  rename("a.log", "a.log.1");
  append("a.log", "three\n");
  CHECK(poll(*tail) == Lines{"two", "three"});
  CHECK(tail->stats().rotations == 1);
  append("a.log", "four\n");
  CHECK(poll(*tail) == Lines{"four"});
}

TEST_CASE_FIXTURE(TailFixture, "between rename and re-creation the old file is read on") {
  append("a.log", "");
  auto tail = follow("a.log");
  rename("a.log", "a.log.1");
  append("a.log.1", "late\n");
  CHECK(poll(*tail) == Lines{"late"});
  CHECK(poll_later(*tail) == Lines{});
  append("a.log.1", "later\n");
  CHECK(poll(*tail) == Lines{"later"});
  append("a.log", "new\n");
  CHECK(poll(*tail) == Lines{"new"});
}

TEST_CASE_FIXTURE(TailFixture, "late writers are heard during the grace, and only then") {
  append("a.log", "");
  auto tail = follow("a.log");
  rename("a.log", "a.log.1");
  append("a.log", "new\n");
  CHECK(poll(*tail) == Lines{"new"});
  clock.advance(shared.options.rotate_grace - Millis(1));
  append("a.log.1", "late\n");
  CHECK(poll(*tail) == Lines{"late"});
  // The grace counts from the last new byte.
  clock.advance(shared.options.rotate_grace - Millis(1));
  append("a.log.1", "later\n");
  CHECK(poll(*tail) == Lines{"later"});
  CHECK(tail->position().marks.size() == 2);
  clock.advance(shared.options.rotate_grace);
  CHECK(poll(*tail) == Lines{});
  CHECK(tail->position().marks.size() == 1);
  append("a.log.1", "too late\n");
  append("a.log", "next\n");
  CHECK(poll(*tail) == Lines{"next"});
}

TEST_CASE_FIXTURE(TailFixture,
                  "the incomplete last line of a rotated file is an event at its end") {
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "one\nunfini");
  rename("a.log", "a.log.1");
  append("a.log", "new\n");
  CHECK(poll(*tail) == Lines{"one", "new"});
  append("a.log.1", "shed\nlast");
  CHECK(poll(*tail) == Lines{"unfinished"});
  CHECK(poll_later(*tail) == Lines{"last"});
}

TEST_CASE_FIXTURE(
    TailFixture,
    "a file rotated twice between two polls is read whole, and so is the one between") {
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "a1\n");
  CHECK(poll(*tail) == Lines{"a1"});
  append("a.log", "a2\n");
  rename("a.log", "a.log.1");
  append("a.log", "b1\nb2");
  rename("a.log.1", "a.log.2");
  rename("a.log", "a.log.1");
  append("a.log", "c1\n");
  CHECK(poll(*tail) == Lines{"a2", "b1", "c1"});
  CHECK(poll_later(*tail) == Lines{"b2"});
  append("a.log", "c2\n");
  CHECK(poll(*tail) == Lines{"c2"});
}

TEST_CASE_FIXTURE(TailFixture, "files rotated before are not read again") {
  append("a.log.2", "ancient\n");
  boost::filesystem::last_write_time(dir / "a.log.2", 1000);
  append("a.log.1", "old\n");
  boost::filesystem::last_write_time(dir / "a.log.1", 2000);
  append("a.log", "current\n");
  auto tail = follow("a.log");
  rename("a.log.2", "a.log.3");
  rename("a.log.1", "a.log.2");
  rename("a.log", "a.log.1");
  append("a.log", "new\n");
  CHECK(poll(*tail) == Lines{"new"});
}

TEST_CASE_FIXTURE(TailFixture, "a file deleted and created again is read from its start") {
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "last words\n");
  remove("a.log");
  // The inode is held, so what was written before the deletion is still there.
  CHECK(poll(*tail) == Lines{"last words"});
  append("a.log", "new\n");
  CHECK(poll(*tail) == Lines{"new"});
  CHECK(poll_later(*tail) == Lines{});
  CHECK(tail->position().marks.size() == 1);
}

TEST_CASE_FIXTURE(TailFixture, "a directory that vanishes and comes back is no trouble") {
  boost::filesystem::create_directory(dir / "d");
  append("d/a.log", "");
  auto tail = follow("d/a.log");
  append("d/a.log", "one\n");
  boost::filesystem::remove_all(dir / "d");
  CHECK(poll(*tail) == Lines{"one"});
  CHECK(poll(*tail) == Lines{});
  boost::filesystem::create_directory(dir / "d");
  append("d/a.log", "two\n");
  CHECK(poll(*tail) == Lines{"two"});
}

TEST_CASE_FIXTURE(TailFixture, "a file moved away and back is read on") {
  append("a.log", "");
  auto tail = follow("a.log");
  rename("a.log", "b.log");
  append("a.log", "other\n");
  append("b.log", "one\n");
  CHECK(poll(*tail) == Lines{"one", "other"});
  rename("b.log", "a.log");
  append("a.log", "two\n");
  CHECK(poll(*tail) == Lines{"two"});
  CHECK(poll_later(*tail) == Lines{});
  append("a.log", "three\n");
  CHECK(poll(*tail) == Lines{"three"});
  CHECK(tail->position().marks.size() == 1);
}

TEST_CASE_FIXTURE(TailFixture, "a full sink at every point of a rotation loses nothing") {
  for (std::size_t first = 0; first <= 6; ++first) {
    CAPTURE(first);
    for (const char* name : {"a.log", "a.log.1"}) remove(name);
    append("a.log", "");
    auto tail = follow("a.log");
    sink.events.clear();
    append("a.log", "1\n2\n");
    sink.room = std::min<std::size_t>(first, 2);
    tail->poll();
    append("a.log", "3\n4");
    rename("a.log", "a.log.1");
    append("a.log", "5\n6\n");
    sink.room = first;
    tail->poll();
    clock.advance(shared.options.rotate_grace);
    for (std::size_t room = first; room <= 6; ++room) {
      sink.room = room;
      tail->poll();
      // The old file's last line comes when the grace is over, before the new file's next ones.
      clock.advance(shared.options.rotate_grace);
      tail->poll();
    }
    Lines got = sink.lines();
    std::sort(got.begin(), got.end());
    CHECK(got == Lines{"1", "2", "3", "4", "5", "6"});
  }
}

TEST_CASE_FIXTURE(TailFixture,
                  "look() holds on to a file that rotation takes away while the sink is full") {
  append("a.log", "");
  auto tail = follow("a.log");
  sink.room = 0;
  append("a.log", "one\n");
  CHECK(tail->poll() == FileTail::Outcome::kFull);
  for (int i = 2; i <= 4; ++i) {
    remove("a.log");
    append("a.log", "file " + std::to_string(i) + "\n");
    tail->look();
  }
  sink.room = 100;
  CHECK(poll(*tail) == Lines{"one", "file 2", "file 3", "file 4"});
}

TEST_CASE_FIXTURE(TailFixture, "a new file that may not be read yet is taken up when it may") {
  append("a.log", "");
  auto tail = follow("a.log");
  rename("a.log", "a.log.1");
  boost::filesystem::create_directory(dir / "a.log");  // as unreadable as it gets for root
  append("a.log.1", "one\n");
  CHECK(poll(*tail) == Lines{"one"});
  CHECK(tail->stats().errors > 0);
  boost::filesystem::remove(dir / "a.log");
  append("a.log", "two\n");
  CHECK(poll(*tail) == Lines{"two"});
}

TEST_CASE_FIXTURE(TailFixture, "a file under two names is read once") {
  append("a.log", "");
  REQUIRE(::link((dir / "a.log").c_str(), (dir / "b.log").c_str()) == 0);
  auto first = follow("a.log", 0);
  auto second = follow("b.log", 1);
  append("a.log", "one\n");
  CHECK(poll(*first) == Lines{"one"});
  CHECK(poll(*second) == Lines{});
  // As soon as the second name stands for a file of its own, it is read.
  remove("b.log");
  append("b.log", "two\n");
  CHECK(poll(*first) == Lines{});
  CHECK(poll(*second) == Lines{"two"});
}

TEST_CASE_FIXTURE(TailFixture, "a file rotated onto another followed name is not read again") {
  append("a.log.1", "ancient\n");
  append("a.log", "");
  auto old = follow("a.log.1", 1);
  auto current = follow("a.log", 0);
  append("a.log", "one\n");
  CHECK(poll(*current) == Lines{"one"});
  rename("a.log.1", "a.log.2");
  rename("a.log", "a.log.1");
  append("a.log", "two\n");
  CHECK(poll(*old) == Lines{});
  CHECK(poll(*current) == Lines{"two"});
  CHECK(poll_later(*current) == Lines{});
  CHECK(poll_later(*old) == Lines{});
  CHECK(poll_later(*old) == Lines{});
}

}  // namespace
}  // namespace ox
