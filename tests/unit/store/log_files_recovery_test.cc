// Restart after a crash: files are cut to the checkpoint and get the spool's events again.
#include <random>

#include <doctest/doctest.h>

#include "tests/unit/store/log_files_fixture.h"

namespace ox {
namespace {

using Fixture = LogFilesFixture;
using Paths = std::vector<std::string>;

const std::string kT = "20170714/t-20170714.log";
const std::string kU = "20170714/u-20170714.log";

// Two files with a checkpoint in the middle of each.
void write_some(Fixture& f) {
  f.add("t", "before ");
  f.add("u", "BEFORE ");
  REQUIRE(f.checkpoint().ok());
  f.add("t", "after ");
  f.add("u", "AFTER ");
  REQUIRE(f.flush().ok());
}

// Rule: cut-known-bytes
TEST_CASE_FIXTURE(Fixture, "a listed file is cut to its length, durably, before the replay") {
  write_some(*this);
  fs.calls.clear();
  auto restored = restart();
  CHECK(restored.cut_files == 2);
  CHECK(restored.cut_bytes == 12);
  CHECK(restored.possible_duplicates.empty());
  CHECK(restored.missing.empty());
  CHECK(restored.shorter.empty());
  CHECK(content_of("t") == "before ");
  CHECK(fs.index("truncate " + path("t")) < fs.index("sync " + path("t")));
  CHECK(fs.count("sync " + path("t")) == 1);
  REQUIRE(flush().ok());
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "a restored file needs no new listing") {
  write_some(*this);
  restart();
  CHECK_FALSE(files->needs_listing());
  CHECK(decode_listing(files->listing())->at(0) == listed()[0]);
}

TEST_CASE_FIXTURE(Fixture, "a file first written behind the checkpoint is cut to nothing") {
  add("t", "x");
  REQUIRE(flush().ok());  // an intent, no checkpoint
  CHECK(restart().cut_bytes == 1);
  REQUIRE(flush().ok());
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "half an event at the end is cut with the rest") {
  write_some(*this);
  put(path("t"), content_of("t") + "hal");
  CHECK(restart().cut_bytes == 15);
  REQUIRE(flush().ok());
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "a file that is missing is made again with the events since") {
  write_some(*this);
  boost::filesystem::remove(path("t"));
  auto restored = restart();
  CHECK(restored.missing == Paths{kT});
  CHECK(restored.cut_files == 1);
  REQUIRE(flush().ok());
  CHECK(content_of("t") == "after ");
  CHECK(content_of("u") == "BEFORE AFTER ");
}

TEST_CASE_FIXTURE(Fixture, "another file of the same name is left as it is") {
  write_some(*this);
  put(dir / "copy", content_of("t"));
  boost::filesystem::rename(dir / "copy", path("t"));
  auto restored = restart();
  CHECK(restored.possible_duplicates == Paths{kT});
  CHECK(restored.cut_files == 1);
  REQUIRE(flush().ok());
  CHECK(content_of("t") == "before after after ");
}

// Rule: cut-known-bytes
TEST_CASE_FIXTURE(Fixture, "a file whose bytes before the length changed is left as it is") {
  write_some(*this);
  {
    std::fstream out(path("t"), std::ios::binary | std::ios::in | std::ios::out);
    out << "B";
  }
  CHECK(restart().possible_duplicates == Paths{kT});
  REQUIRE(flush().ok());
  CHECK(content_of("t") == "Before after after ");
}

TEST_CASE_FIXTURE(Fixture, "the CRC covers the last 4 KiB before the length and nothing else") {
  add("t", std::string(10000, 'x'));
  REQUIRE(checkpoint().ok());
  std::string bytes = content_of("t");
  auto with = [&](std::size_t at) {
    std::string changed = bytes;
    changed[at] = 'y';
    return changed + "more";
  };
  for (std::size_t at : {std::size_t{10000 - 4096}, std::size_t{9999}}) {
    put(path("t"), with(at));
    CHECK(restart().possible_duplicates == Paths{kT});
  }
  put(path("t"), with(10000 - 4097));
  CHECK(restart().cut_bytes == 4);
}

TEST_CASE_FIXTURE(Fixture, "a file that lost synced bytes is told and goes on at its end") {
  write_some(*this);
  put(path("t"), "bef");
  auto restored = restart();
  CHECK(restored.shorter == Paths{kT});
  CHECK(restored.possible_duplicates.empty());
  REQUIRE(flush().ok());
  CHECK(content_of("t") == "befafter ");
}

// Rule: cut-known-bytes
TEST_CASE_FIXTURE(Fixture, "nothing is cut when the spool has a gap") {
  write_some(*this);
  add("v", "x");
  REQUIRE(checkpoint().ok());
  add("t", "more ");
  REQUIRE(flush().ok());
  std::string t = content_of("t");
  fs.calls.clear();
  auto restored = restart(/*gapless=*/false);
  CHECK(restored.cut_files == 0);
  CHECK(restored.possible_duplicates == Paths{kT});  // the others have nothing behind the length
  CHECK(fs.count("truncate " + path("t")) == 0);
  REQUIRE(flush().ok());
  CHECK(content_of("t") == t + "more ");
}

TEST_CASE_FIXTURE(Fixture, "without a listing nothing is touched") {
  write_some(*this);
  files.reset();
  open();
  fs.calls.clear();
  auto restored = files->restore("", true);
  REQUIRE(restored.ok());
  CHECK(restored->cut_files == 0);
  CHECK(fs.calls.empty());
}

TEST_CASE_FIXTURE(Fixture, "a damaged listing is corrupt and touches nothing") {
  write_some(*this);
  files.reset();
  open();
  stored_listing.back() = static_cast<char>(stored_listing.back() ^ 1);
  CHECK(files->restore(stored_listing, true).status().code() == Code::kCorrupt);
  CHECK(content_of("t") == "before after ");
}

TEST_CASE_FIXTURE(Fixture, "a file that cannot be cut fails the recovery") {
  write_some(*this);
  files.reset();
  open();
  fs.fail_sync = [](const std::string&) { return true; };
  CHECK(files->restore(stored_listing, true).status().code() == Code::kIo);
}

// Random schedules with crashes of the process and of the machine; the oracle is always the same.
TEST_CASE("every event stands exactly once, wherever a crash comes") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto pick = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
    Fixture f;
    f.options.rotate_hours = 1;
    f.options.buffer_bytes = 64;
    f.options.total_buffer_bytes = 2000;
    WallTime now = f.kNoon;
    f.open();
    for (int step = 0; step < 300; ++step) {
      unsigned what = pick(100);
      if (what < 70) {
        std::string type = "type" + std::to_string(pick(25));
        std::string body = std::to_string(f.spool.size()) + std::string(pick(40), '.') + ";";
        if (!f.files->add(type, body, now).ok()) {
          f.fs.space.reset();
          f.intent();
          REQUIRE(f.files->flush().ok());
          REQUIRE(f.files->add(type, body, now).ok());
        }
        f.spool.push_back({type, body, now});
      } else if (what < 80) {
        if (pick(3) == 0) f.fs.space = pick(100);
        f.flush().ok();
        f.fs.space.reset();
      } else if (what < 87) {
        REQUIRE(f.checkpoint().ok());
      } else if (what < 90) {
        // Synced, but the crash comes before the checkpoint is stored.
        if (f.files->needs_listing()) f.intent();
        REQUIRE(f.files->sync().ok());
        f.synced_position = f.spool.size();
      } else if (what < 93) {
        now += std::chrono::minutes(30);
        f.clock.advance(Seconds(61));
        f.files->close_idle();
      } else if (what < 96) {
        // Power fails: of what is not synced, the disk has any part.
        auto synced = decode_listing(f.files->listing());
        REQUIRE(synced.ok());
        f.files.reset();
        for (const ListedFile& file : *synced) {
          std::string path = f.options.directory + "/" + file.path;
          auto size = boost::filesystem::file_size(path);
          if (size > file.length)
            boost::filesystem::resize_file(
                path, file.length + pick(static_cast<unsigned>(size - file.length + 1)));
        }
        f.restart();
      } else if (what < 97) {
        auto restored = f.restart();
        CHECK(restored.possible_duplicates.empty());
        CHECK(restored.shorter.empty());
        CHECK(restored.missing.empty());
      }
    }
    REQUIRE(f.checkpoint().ok());
    f.check_exactly_once();
  }
}

}  // namespace
}  // namespace ox
