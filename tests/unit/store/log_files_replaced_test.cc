// Files taken away underneath a running writer.
#include <doctest/doctest.h>

#include "tests/unit/store/log_files_fixture.h"

namespace ox {
namespace {

using Fixture = LogFilesFixture;
using Paths = std::vector<std::string>;

const std::string kFileT = "20170714/t-20170714.log";
const std::string kFileU = "20170714/u-20170714.log";

// Files t and u with a checkpoint, events written since, and events in memory.
void write_and_wait(Fixture& f) {
  f.add("t", "old ");
  f.add("u", "OLD ");
  REQUIRE(f.checkpoint().ok());
  f.add("t", "written ");
  f.add("u", "WRITTEN ");
  REQUIRE(f.flush().ok());
  f.add("t", "waiting ");
  f.add("u", "WAITING ");
}

TEST_CASE_FIXTURE(Fixture, "nothing is to be done when no file was touched") {
  write_and_wait(*this);
  CHECK(files->check_replaced().empty());
  REQUIRE(checkpoint().ok());
  CHECK(files->check_replaced().empty());
  check_exactly_once();
  CHECK(counter("write.files_replaced") == 0);
}

// Rule: file-taken-away
TEST_CASE_FIXTURE(Fixture, "a file that was removed gets its events since the checkpoint again") {
  write_and_wait(*this);
  boost::filesystem::remove(path("t"));
  CHECK(files->check_replaced() == Paths{kFileT});
  CHECK(replay() == 2);
  CHECK(files->check_replaced().empty());
  CHECK(files->needs_listing());
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "written waiting ");
  CHECK(content_of("u") == "OLD WRITTEN WAITING ");
  CHECK(counter("write.files_replaced") == 1);
  CHECK(counter("write.errors") == 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "a renamed file keeps what it has, and the new one gets the events since") {
  write_and_wait(*this);
  boost::filesystem::rename(path("t"), dir / "moved");
  CHECK(files->check_replaced() == Paths{kFileT});
  CHECK(replay() == 2);
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "written waiting ");
  CHECK(content(dir / "moved") == "old written ");
}

TEST_CASE_FIXTURE(Fixture, "another file in the place of ours is appended to") {
  write_and_wait(*this);
  put(dir / "other", "theirs ");
  boost::filesystem::rename(dir / "other", path("t"));
  CHECK(files->check_replaced() == Paths{kFileT});
  CHECK(replay() == 2);
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "theirs written waiting ");
}

// Rule: file-taken-away
TEST_CASE_FIXTURE(Fixture, "a file cut short by hand gets its events since the checkpoint again") {
  std::string whole = "old written waiting ";
  for (std::size_t size : {std::size_t{0}, std::size_t{2}, std::size_t{4}, std::size_t{7}}) {
    CAPTURE(size);
    Fixture f;
    write_and_wait(f);
    boost::filesystem::resize_file(f.path("t"), size);
    CHECK(f.files->check_replaced() == Paths{kFileT});
    CHECK(f.replay() == 2);
    REQUIRE(f.checkpoint().ok());
    CHECK(f.content_of("t") == whole.substr(0, std::min<std::size_t>(size, 4)) + whole.substr(4));
  }
}

// Rule: file-taken-away
TEST_CASE_FIXTURE(Fixture,
                  "a file cut short is noticed by a write as well, and nothing is doubled") {
  std::string whole = "old written waiting ";
  for (std::size_t size : {std::size_t{0}, std::size_t{2}, std::size_t{4}, std::size_t{7}}) {
    CAPTURE(size);
    Fixture f;
    write_and_wait(f);
    boost::filesystem::resize_file(f.path("t"), size);
    CHECK(f.files->flush().code() == Code::kUnavailable);
    CHECK(f.files->check_replaced() == Paths{kFileT});
    CHECK(f.replay() == 2);
    REQUIRE(f.checkpoint().ok());
    CHECK(f.content_of("t") == whole.substr(0, std::min<std::size_t>(size, 4)) + whole.substr(4));
  }
}

TEST_CASE_FIXTURE(Fixture, "a day directory that was removed is made again") {
  write_and_wait(*this);
  boost::filesystem::remove_all(options.directory + "/20170714");
  CHECK(files->check_replaced() == Paths{kFileT, kFileU});
  CHECK(replay() == 4);
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "written waiting ");
  CHECK(content_of("u") == "WRITTEN WAITING ");
}

TEST_CASE_FIXTURE(Fixture,
                  "a file without events since the checkpoint is forgotten without a replay") {
  add("t", "old");
  REQUIRE(checkpoint().ok());
  boost::filesystem::remove(path("t"));
  CHECK(files->check_replaced().empty());
  CHECK(counter("write.files_replaced") == 1);
  add("t", "new");
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "new");
}

TEST_CASE_FIXTURE(Fixture, "until the replay nothing is added and nothing is synced") {
  write_and_wait(*this);
  boost::filesystem::remove(path("t"));
  REQUIRE(files->check_replaced() == Paths{kFileT});
  CHECK(files->add("u", "x", kNoon).status().code() == Code::kUnavailable);
  CHECK(files->sync().code() == Code::kUnavailable);
  CHECK(files->check_replaced() == Paths{kFileT});  // until it was replayed
  CHECK(files->replay("t", "x", kNoon).status().code() == Code::kUnavailable);
  replay();
  add("u", "x");
  CHECK(checkpoint().ok());
}

TEST_CASE_FIXTURE(Fixture, "a removed file is noticed when it is written or synced, too") {
  write_and_wait(*this);
  boost::filesystem::remove(path("t"));
  CHECK(files->flush().code() == Code::kUnavailable);
  CHECK(content_of("u") == "OLD WRITTEN WAITING ");
  CHECK(files->check_replaced() == Paths{kFileT});
  replay();
  REQUIRE(flush().ok());
  boost::filesystem::remove(path("u"));
  CHECK(files->sync().code() == Code::kUnavailable);
  CHECK(decode_listing(files->listing())->size() == 1);
  CHECK(files->check_replaced() == Paths{kFileU});
  replay();
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "written waiting ");
  CHECK(content_of("u") == "WRITTEN WAITING ");
}

TEST_CASE_FIXTURE(Fixture, "no hole is written into a file that was cut short") {
  write_and_wait(*this);
  boost::filesystem::resize_file(path("t"), 0);
  CHECK(files->flush().code() == Code::kUnavailable);
  CHECK(content_of("t").empty());
  replay();
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "written waiting ");
}

TEST_CASE_FIXTURE(Fixture, "a file without a descriptor is compared when it is opened again") {
  write_and_wait(*this);
  boost::filesystem::remove(path("t"));
  put(path("t"), "x");
  for (int i = 0; i < 16; ++i) add("many" + std::to_string(i), "x");  // t is closed
  CHECK(flush().code() == Code::kUnavailable);
  CHECK(content_of("t") == "x");
  CHECK(files->check_replaced() == Paths{kFileT});
  CHECK(replay() == 2);
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "xwritten waiting ");
}

TEST_CASE_FIXTURE(Fixture, "a replay that stopped half way starts all over") {
  write_and_wait(*this);
  boost::filesystem::remove(path("t"));
  REQUIRE(files->check_replaced() == Paths{kFileT});
  REQUIRE(files->begin_replay().ok());
  REQUIRE(files->replay("t", "written ", kNoon).ok());
  REQUIRE(flush().ok());  // some of it is in the file already
  CHECK(content_of("t") == "written ");
  CHECK(replay() == 2);
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "written waiting ");
}

TEST_CASE_FIXTURE(Fixture, "a file removed during its replay is replayed once more") {
  write_and_wait(*this);
  boost::filesystem::remove(path("t"));
  REQUIRE(files->check_replaced() == Paths{kFileT});
  REQUIRE(files->begin_replay().ok());
  REQUIRE(files->replay("t", "written ", kNoon).ok());
  REQUIRE(flush().ok());
  boost::filesystem::remove(path("t"));
  CHECK(files->check_replaced() == Paths{kFileT});
  CHECK(files->replay("t", "waiting ", kNoon).status().code() == Code::kUnavailable);
  files->end_replay();
  CHECK(files->check_replaced() == Paths{kFileT});  // that was no end
  CHECK(replay() == 2);
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "written waiting ");
}

TEST_CASE_FIXTURE(Fixture, "a full disk stops a replay, and it starts all over") {
  options.buffer_bytes = 10;
  write_and_wait(*this);
  boost::filesystem::remove(path("t"));
  REQUIRE(files->check_replaced() == Paths{kFileT});
  REQUIRE(files->begin_replay().ok());
  REQUIRE(files->replay("t", "written ", kNoon).ok());
  intent();
  fs.space = 0;
  CHECK(files->replay("t", "waiting ", kNoon).status().code() == Code::kNoSpace);
  fs.space.reset();
  CHECK(replay() == 2);
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "written waiting ");
}

TEST_CASE_FIXTURE(Fixture, "a crash before, within or behind a replay leaves every event once") {
  for (int stage = 0; stage < 4; ++stage) {
    CAPTURE(stage);
    Fixture f;
    write_and_wait(f);
    boost::filesystem::remove(f.path("t"));
    REQUIRE(f.files->check_replaced() == Paths{kFileT});
    if (stage == 1) {
      REQUIRE(f.files->begin_replay().ok());
      REQUIRE(f.files->replay("t", "written ", f.kNoon).ok());
      REQUIRE(f.flush().ok());
    }
    if (stage >= 2) f.replay();
    if (stage == 3) REQUIRE(f.flush().ok());
    f.restart();
    REQUIRE(f.checkpoint().ok());
    CHECK(f.content_of("t") == "written waiting ");
    CHECK(f.content_of("u") == "OLD WRITTEN WAITING ");
  }
}

TEST_CASE_FIXTURE(Fixture, "events of types without a file of their own are replayed as well") {
  options.max_types = 1;
  add("t", "x");
  add("many", "1");
  add("more", "2");
  REQUIRE(flush().ok());
  std::string overflow(kOverflowType);
  boost::filesystem::remove(path(overflow));
  CHECK(files->check_replaced().size() == 1);
  CHECK(replay() == 2);
  REQUIRE(checkpoint().ok());
  CHECK(content_of(overflow) == "12");
  CHECK(counter("write.overflow_types") == 2);
}

TEST_CASE_FIXTURE(Fixture, "without a replay the file goes on with what was not written yet") {
  write_and_wait(*this);
  boost::filesystem::remove(path("t"));
  REQUIRE(files->check_replaced() == Paths{kFileT});
  fs.fail_open = [this](const std::string& p) { return p == path("t"); };
  CHECK(files->continue_without_replay().code() == Code::kIo);
  CHECK(files->check_replaced() == Paths{kFileT});
  fs.fail_open = nullptr;
  REQUIRE(files->continue_without_replay().ok());
  CHECK(files->check_replaced().empty());
  CHECK(add("t", "next ").offset == 8);
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "waiting next ");
  CHECK(content_of("u") == "OLD WRITTEN WAITING ");
}

TEST_CASE_FIXTURE(Fixture,
                  "without a replay a file with nothing to write is made by its next event") {
  write_and_wait(*this);
  REQUIRE(flush().ok());
  boost::filesystem::remove(path("t"));
  REQUIRE(files->check_replaced() == Paths{kFileT});
  REQUIRE(files->continue_without_replay().ok());
  CHECK_FALSE(boost::filesystem::exists(path("t")));
  add("t", "next ");
  REQUIRE(checkpoint().ok());
  CHECK(content_of("t") == "next ");
}

}  // namespace
}  // namespace ox
