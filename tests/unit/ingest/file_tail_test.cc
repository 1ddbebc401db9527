// What is new in a followed file, with one file at the path. Rotation: tail_rotation_test.cc;
// restarts: tail_resume_test.cc.
#include "common/ingest/file_tail.h"

#include <unistd.h>

#include "tests/unit/ingest/tail_fixture.h"

namespace ox {
namespace {

TEST_CASE_FIXTURE(TailFixture, "a file is followed from its end") {
  append("a.log", "old\n");
  auto tail = follow("a.log");
  CHECK(poll(*tail) == Lines{});
  append("a.log", "one\ntwo\n");
  CHECK(poll(*tail) == Lines{"one", "two"});
  CHECK(poll(*tail) == Lines{});
}

TEST_CASE_FIXTURE(TailFixture, "an event has type, source number and the position behind it") {
  append("a.log", "old\n");
  auto tail = follow("a.log", 7);
  append("a.log", "one\n\ntwo\n");
  poll_into(*tail);
  REQUIRE(sink.events.size() == 2);
  CHECK(sink.events[0].type == "app");
  CHECK(sink.events[0].source == 7);
  auto first = FilePosition::decode(sink.events[0].position);
  REQUIRE(first.ok());
  CHECK(first->path == dir / "a.log");
  REQUIRE(first->marks.size() == 1);
  CHECK(first->marks[0].offset == 8);
  CHECK(first->marks[0].id == FileSystem::real().info(dir / "a.log")->id);
  CHECK(first->marks[0].fingerprint == Fingerprint::of("old\none\n\ntwo\n"));
  CHECK(FilePosition::decode(sink.events[1].position)->marks[0].offset == 13);
  CHECK(*FilePosition::decode(sink.events[1].position) == tail->position());
}

TEST_CASE_FIXTURE(TailFixture, "blank lines are skipped and do not end a burst") {
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "one\n\n \t\r\ntwo\r\n\n");
  CHECK(poll(*tail) == Lines{"one", "two"});
  CHECK(tail->lag() == 0);
}

TEST_CASE_FIXTURE(TailFixture, "a line written in pieces is one event when its end comes") {
  append("a.log", "");
  auto tail = follow("a.log");
  for (const char* piece : {"he", "l", "lo"}) {
    append("a.log", piece);
    CHECK(poll(*tail) == Lines{});
  }
  CHECK(tail->position().marks[0].offset == 0);
  append("a.log", " world\nnext");
  CHECK(poll(*tail) == Lines{"hello world"});
  CHECK(tail->position().marks[0].offset == 12);
  append("a.log", "\n");
  CHECK(poll(*tail) == Lines{"next"});
}

TEST_CASE_FIXTURE(TailFixture, "NULs and bytes that are not UTF-8 come through") {
  using namespace std::string_literals;
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "a\0b\xff\xfe\n"s);
  CHECK(poll(*tail) == Lines{"a\0b\xff\xfe"s});
  append("a.log", "next\n");
  CHECK(poll(*tail) == Lines{"next"});
}

TEST_CASE_FIXTURE(TailFixture, "lines are whole wherever the reads end") {
  // Lengths around the size of a read, so that LF falls before, on and behind its edge.
  for (int shift = -3; shift <= 3; ++shift) {
    CAPTURE(shift);
    overwrite("a.log", "");
    auto tail = follow("a.log");
    auto length = static_cast<std::size_t>(static_cast<int>(TailedFile::kReadBytes) + shift);
    Lines want{std::string(length, 'x'), "y", std::string(100, 'z')};
    append("a.log", want[0] + "\n" + want[1] + "\n" + want[2] + "\n");
    Lines got;
    FileTail::Outcome outcome;
    do {
      outcome = tail->poll();
      for (auto& line : sink.take()) got.push_back(line);
    } while (outcome == FileTail::Outcome::kMore);
    CHECK(outcome == FileTail::Outcome::kDry);
    CHECK(got == want);
  }
}

TEST_CASE_FIXTURE(TailFixture, "a line over the limit comes in pieces of one id") {
  shared.options.max_line = 8;
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "1234567890123456789");
  poll_into(*tail);
  CHECK(sink.lines() == Lines{"12345678+", "90123456+"});
  CHECK(tail->position().marks[0].mid_line);
  append("a.log", "0\nshort\n");
  poll_into(*tail);
  CHECK(sink.lines() == Lines{"12345678+", "90123456+", "7890", "short"});
  CHECK(sink.events[0].id == sink.events[2].id);
  CHECK(sink.events[2].id != sink.events[3].id);
  CHECK(tail->stats().pieces == 3);
}

TEST_CASE_FIXTURE(TailFixture,
                  "a full sink stops reading at every event, and nothing is lost or doubled") {
  append("a.log", "");
  auto tail = follow("a.log");
  Lines want;
  for (int i = 0; i < 20; ++i) {
    want.push_back("line " + std::to_string(i));
    append("a.log", want.back() + "\n\n");
  }
  for (std::size_t room = 0; room < want.size(); ++room) {
    sink.room = room;
    CHECK(tail->poll() == FileTail::Outcome::kFull);
    CHECK(tail->poll() == FileTail::Outcome::kFull);
    CHECK(sink.events.size() == room);
    if (room > 0)
      CHECK(FilePosition::decode(sink.events.back().position)->marks[0].offset <=
            tail->position().marks[0].offset);
  }
  sink.room = want.size();
  CHECK(tail->poll() == FileTail::Outcome::kDry);
  CHECK(sink.lines() == want);
}

TEST_CASE_FIXTURE(TailFixture, "while the sink is full no more is read than one turn") {
  append("a.log", "");
  auto tail = follow("a.log");
  sink.room = 0;
  append("a.log", std::string(4 * TailedFile::kReadBytes, 'x') + "\n");
  append("a.log", "y\n");
  shared.options.turn_bytes = TailedFile::kReadBytes;
  CHECK(tail->poll() == FileTail::Outcome::kMore);
  CHECK(tail->lag() == 4 * TailedFile::kReadBytes + 3);
}

TEST_CASE_FIXTURE(TailFixture, "a file of much new data is read in turns") {
  append("a.log", "");
  auto tail = follow("a.log");
  shared.options.turn_bytes = 1;
  Lines want;
  std::string text;
  while (text.size() < 3 * TailedFile::kReadBytes) {
    want.push_back("line " + std::to_string(want.size()));
    text += want.back() + "\n";
  }
  append("a.log", text);
  int turns = 0;
  while (tail->poll() == FileTail::Outcome::kMore) ++turns;
  CHECK(turns >= 3);
  CHECK(sink.lines() == want);
}

TEST_CASE_FIXTURE(TailFixture, "a truncated file is read from its start") {
  append("a.log", "old line\n");
  auto tail = follow("a.log");
  append("a.log", "more\nunfini");
  CHECK(poll(*tail) == Lines{"more"});
  overwrite("a.log", "new\n");
  // The incomplete line will not be completed any more.
  CHECK(poll(*tail) == Lines{"unfini", "new"});
  CHECK(tail->stats().truncations == 1);
  append("a.log", "newer\n");
  CHECK(poll(*tail) == Lines{"newer"});
}

TEST_CASE_FIXTURE(TailFixture, "truncated to nothing, then written again") {
  append("a.log", "old line\n");
  auto tail = follow("a.log");
  overwrite("a.log", "");
  CHECK(poll(*tail) == Lines{});
  CHECK(tail->stats().truncations == 1);
  append("a.log", "new\n");
  CHECK(poll(*tail) == Lines{"new"});
}

TEST_CASE_FIXTURE(TailFixture, "truncated and grown beyond the old end between two polls") {
  append("a.log", "2024-01-01 first\n");
  auto tail = follow("a.log");
  append("a.log", "2024-01-01 second\n");
  CHECK(poll(*tail) == Lines{"2024-01-01 second"});
  std::string longer = "2024-01-02 a line that is longer than all there was before\n";
  overwrite("a.log", longer + "x\n");
  CHECK(poll(*tail) == Lines{longer.substr(0, longer.size() - 1), "x"});
  CHECK(tail->stats().truncations == 1);
}

TEST_CASE_FIXTURE(TailFixture,
                  "a rewrite with the same first bytes is caught by the bytes before the end") {
  std::string header(Fingerprint::kMaxBytes, '#');
  append("a.log", header + "\n");
  auto tail = follow("a.log");
  append("a.log", "monday\n");
  CHECK(poll(*tail) == Lines{"monday"});
  overwrite("a.log", header + "\ntuesday\nwednesday\n");
  CHECK(poll(*tail) == Lines{header, "tuesday", "wednesday"});
}

TEST_CASE_FIXTURE(TailFixture, "a rewrite of just the old length is noticed") {
  append("a.log", "aaa\n");
  auto tail = follow("a.log");
  CHECK(poll(*tail) == Lines{});
  overwrite("a.log", "bbb\n");
  // Time stamps are coarse: make sure that this one moves.
  boost::filesystem::last_write_time(dir / "a.log", 1000);
  CHECK(poll(*tail) == Lines{"bbb"});
}

TEST_CASE_FIXTURE(TailFixture, "a hole that is filled later is no rewrite") {
  append("a.log", "head\n");
  auto tail = follow("a.log");
  REQUIRE(::truncate((dir / "a.log").c_str(), 10) == 0);
  CHECK(poll(*tail) == Lines{});
  {
    std::fstream file(dir / "a.log", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5);
    file << "filled";
  }
  append("a.log", "\nx\n");
  poll_into(*tail);
  CHECK(tail->stats().truncations == 0);
  CHECK(sink.lines().back() == "x");
}

TEST_CASE_FIXTURE(TailFixture, "truncation while the sink is full loses nothing that was read") {
  append("a.log", "");
  auto tail = follow("a.log");
  append("a.log", "one\ntwo\nhalf");
  sink.room = 1;
  CHECK(tail->poll() == FileTail::Outcome::kFull);
  overwrite("a.log", "new\n");
  for (std::size_t room = 2; room <= 3; ++room) {
    sink.room = room;
    CHECK(tail->poll() == FileTail::Outcome::kFull);
  }
  sink.room = 4;
  CHECK(tail->poll() == FileTail::Outcome::kDry);
  CHECK(sink.lines() == Lines{"one", "two", "half", "new"});
}

TEST_CASE_FIXTURE(TailFixture, "a missing file at the start is an error that names it") {
  auto tail = make("none.log");
  Status status = tail->start_at_end();
  CHECK(status.code() == Code::kNotFound);
  CHECK(status.message().find(dir / "none.log") != std::string::npos);
  FileTail nowhere(shared, FileSpec{"app", dir / "no/such/dir.log"}, 1);
  CHECK(nowhere.start_at_end().code() == Code::kNotFound);
}

TEST_CASE_FIXTURE(TailFixture, "what is no regular file is refused") {
  auto directory = std::make_unique<FileTail>(shared, FileSpec{"app", dir.path()}, 0);
  CHECK(directory->start_at_end().code() == Code::kInvalid);
  FileTail device(shared, FileSpec{"app", "/dev/null"}, 1);
  CHECK(device.start_at_end().code() == Code::kInvalid);
}

TEST_CASE_FIXTURE(TailFixture, "a symbolic link is followed") {
  append("real.log", "");
  REQUIRE(::symlink("real.log", (dir / "link.log").c_str()) == 0);
  auto tail = follow("link.log");
  append("real.log", "one\n");
  CHECK(poll(*tail) == Lines{"one"});
  append("other.log", "two\n");
  remove("link.log");
  REQUIRE(::symlink("other.log", (dir / "link.log").c_str()) == 0);
  CHECK(poll(*tail) == Lines{"two"});
}

}  // namespace
}  // namespace ox
