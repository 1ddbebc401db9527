// What the disk can do to the writer.
#include <doctest/doctest.h>

#include "tests/unit/store/log_files_fixture.h"

namespace ox {
namespace {

using Fixture = LogFilesFixture;

TEST_CASE_FIXTURE(Fixture, "short writes are gone on with") {
  fs.most_at_once = 3;
  for (int i = 0; i < 10; ++i) add("t", "event " + std::to_string(i));
  REQUIRE(flush().ok());
  check_exactly_once();
}

// Rule: whole-events
TEST_CASE_FIXTURE(Fixture, "on a full disk the file ends behind a whole event, and goes on later") {
  for (std::uint64_t space = 0; space <= 20; ++space) {
    CAPTURE(space);
    Fixture f;
    for (int i = 0; i < 5; ++i) f.add("t", "abcd");
    f.intent();
    f.fs.space = space;
    Status status = f.files->flush();
    CHECK(status.code() == (space < 20 ? Code::kNoSpace : Code::kOk));
    CHECK(f.content_of("t").size() == space / 4 * 4);
    CHECK(f.files->buffered_bytes() == 20 - space / 4 * 4);
    CHECK(f.counter("write.flushed_events") == space / 4);
    f.fs.space = 6;
    f.files->flush().ok();
    f.fs.space.reset();
    auto placement = f.add("t", "last");
    CHECK(placement.offset == 20);
    REQUIRE(f.checkpoint().ok());
    f.check_exactly_once();
    CHECK(f.listed()[0].length == 24);
    CHECK(f.counter("write.flushed_events") == 6);
  }
}

TEST_CASE_FIXTURE(Fixture, "a full disk moves no length in the listing") {
  add("a", "1");
  add("b", "1");
  REQUIRE(checkpoint().ok());
  add("a", "22");
  add("b", "22");
  fs.space = 3;
  CHECK(checkpoint().code() == Code::kNoSpace);
  intent();
  CHECK(listed()[0].length == 1);
  CHECK(listed()[1].length == 1);
  fs.space.reset();
  REQUIRE(checkpoint().ok());
  CHECK(listed()[0].length == 3);
  CHECK(listed()[1].length == 3);
}

TEST_CASE_FIXTURE(Fixture, "an event for which a full disk leaves no room is not taken") {
  options.buffer_bytes = 10;
  add("t", "0123456789");
  intent();
  fs.space = 4;
  CHECK(files->add("t", "x", kNoon).status().code() == Code::kNoSpace);
  CHECK(files->add("t", "x", kNoon).status().code() == Code::kNoSpace);
  add("u", "other files have room");
  fs.space.reset();
  add("t", "x");
  REQUIRE(flush().ok());
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "a file that cannot be written stops no other, and is tried again") {
  add("a", "1");
  add("b", "2");
  intent();
  fs.fail_write = [this](const std::string& p) { return p == path("a"); };
  CHECK(files->flush().code() == Code::kIo);
  CHECK(content_of("b") == "2");
  CHECK_FALSE(files->failed());
  CHECK(counter("write.errors") == 1);
  CHECK(files->sync().code() == Code::kIo);
  fs.fail_write = nullptr;
  REQUIRE(checkpoint().ok());
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "a file that cannot be opened takes no event until it can") {
  open();
  fs.fail_open = [](const std::string& p) { return p.ends_with(".log"); };
  CHECK(files->add("t", "x", kNoon).status().code() == Code::kIo);
  CHECK(counter("write.errors") == 1);
  fs.fail_open = nullptr;
  add("t", "y");
  REQUIRE(flush().ok());
  CHECK(content_of("t") == "y");
}

// Rule: log-sync-failed
TEST_CASE_FIXTURE(Fixture, "a failed fsync is never tried again: every later call fails") {
  add("a", "1");
  add("b", "1");
  REQUIRE(checkpoint().ok());
  add("a", "2");
  add("b", "2");
  fs.fail_sync = [this](const std::string& p) { return p == path("b"); };
  CHECK(checkpoint().code() == Code::kIo);
  CHECK(files->failed());
  fs.fail_sync = nullptr;
  fs.calls.clear();
  CHECK(files->sync().code() == Code::kIo);
  CHECK(files->flush().code() == Code::kIo);
  CHECK(files->add("c", "x", kNoon).status().code() == Code::kIo);
  CHECK(files->begin_replay().code() == Code::kIo);
  CHECK(fs.calls.empty());
  // No length counts, not even that of the file that was synced.
  CHECK(decode_listing(files->listing())->at(0).length == 1);
  CHECK(decode_listing(files->listing())->at(1).length == 1);

  auto restored = restart();  // cut, and added again
  CHECK(restored.cut_files == 2);
  REQUIRE(checkpoint().ok());
  check_exactly_once();
}

}  // namespace
}  // namespace ox
