#include "common/store/log_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "common/base/bytes.h"
#include "common/store/log_reader.h"
#include "tests/unit/store/log_files_fixture.h"

namespace ox {
namespace {

using Fixture = LogFilesFixture;

constexpr Micros kHour = std::chrono::hours(1);

unsigned mode_of(const std::string& path) {
  struct stat st {};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  return st.st_mode & 07777;
}

TEST_CASE_FIXTURE(Fixture, "bodies stand one behind the other in the file of their type and day") {
  add("request", "one");
  add("db", "DB");
  add("request", "two", kNoon + 11 * kHour);
  add("request", "tomorrow", kNoon + 12 * kHour);
  REQUIRE(flush().ok());
  CHECK(content(options.directory + "/20170714/request-20170714.log") == "onetwo");
  CHECK(content(options.directory + "/20170714/db-20170714.log") == "DB");
  CHECK(content(options.directory + "/20170715/request-20170715.log") == "tomorrow");
  CHECK(counter("write.flushed_events") == 4);
  CHECK(counter("write.bytes") == 16);
  CHECK(counter("write.files_opened") == 3);
  CHECK(counter("write.errors") == 0);
}

TEST_CASE_FIXTURE(Fixture, "with a rotation of hours the time of acceptance names the file") {
  options.rotate_hours = 6;
  add("t", "a", kNoon - Micros(1));
  add("t", "b", kNoon);
  add("t", "c", kNoon + 6 * kHour - Micros(1));
  add("t", "late", kNoon - Micros(1));
  REQUIRE(flush().ok());
  CHECK(content(options.directory + "/20170714/t-2017071406.log") == "alate");
  CHECK(content(options.directory + "/20170714/t-2017071412.log") == "bc");
}

TEST_CASE_FIXTURE(Fixture, "a placement tells where the event stands") {
  put(path("t"), "before");
  std::vector<std::pair<std::string, std::uint64_t>> told;
  for (int i = 0; i < 20; ++i) {
    auto placement = add(i % 3 == 0 ? "u" : "t", "event" + std::to_string(i));
    told.emplace_back(options.directory + "/" + std::string(placement.file), placement.offset);
    if (i % 7 == 6) REQUIRE(flush().ok());
  }
  REQUIRE(flush().ok());
  CHECK(told[0].second == 0);
  CHECK(told[1].second == 6);
  for (std::size_t i = 0; i < told.size(); ++i) {
    CHECK(content(told[i].first).substr(told[i].second, spool[i].body.size()) == spool[i].body);
  }
}

TEST_CASE_FIXTURE(Fixture, "what is read back is what was added") {
  std::map<std::string, std::vector<std::string>> events;
  for (int i = 0; i < 300; ++i) {
    // MessagePack: {"n": i, "text": ...}
    std::string text(static_cast<std::size_t>(i), 'x');
    std::string body("\x82\xa1n\xcd", 4);
    append_le(body, static_cast<std::uint16_t>(i));
    body += "\xa4text\xda";
    char length[2];
    store_be(length, static_cast<std::uint16_t>(text.size()));
    body.append(length, 2);
    body += text;
    std::string type = "type" + std::to_string(i % 3);
    add(type, body);
    events[type].push_back(body);
    if (i % 50 == 0) REQUIRE(flush().ok());
  }
  REQUIRE(checkpoint().ok());
  auto found = find_log_files(
      FileSystem::real(), options.directory, [](std::string_view) { return true; }, kNoon, kNoon);
  REQUIRE(found.ok());
  REQUIRE(found->files.size() == 3);
  for (const LogFile& file : found->files) {
    auto reader = LogReader::open(FileSystem::real(), file);
    REQUIRE(reader.ok());
    std::string_view event;
    for (const std::string& body : events[file.type]) {
      REQUIRE(reader->next(event).value());
      CHECK(event == body);
    }
    CHECK_FALSE(reader->next(event).value());
    CHECK(reader->unfinished() == 0);
  }
}

TEST_CASE_FIXTURE(Fixture, "types beyond the limit share one file and are counted") {
  options.max_types = 2;
  add("a", "1");
  add("b", "2");
  add("c", "3");
  add("a", "4");
  add("d", "5");
  add("_overflow", "6");
  add("c", "7", kNoon + 24 * kHour);
  REQUIRE(flush().ok());
  CHECK(content_of("a") == "14");
  CHECK(content_of("b") == "2");
  CHECK(content_of(std::string(kOverflowType)) == "356");
  CHECK(content_of(std::string(kOverflowType), kNoon + 24 * kHour) == "7");
  CHECK(counter("write.overflow_types") == 4);
  CHECK_FALSE(boost::filesystem::exists(path("c")));
}

TEST_CASE_FIXTURE(Fixture, "a type cannot lead out of the log directory") {
  add("../../evil", "x");
  add("a/b", "y");
  add(std::string("n\0l", 3), "z");
  REQUIRE(flush().ok());
  CHECK(content(options.directory + "/20170714/%2E.%2F..%2Fevil-20170714.log") == "x");
  CHECK(content(options.directory + "/20170714/a%2Fb-20170714.log") == "y");
  CHECK(content(options.directory + "/20170714/n%00l-20170714.log") == "z");
  CHECK(files->add("", "x", kNoon).status().code() == Code::kInvalid);
}

TEST_CASE_FIXTURE(Fixture, "files are for the group to read and for nobody else") {
  auto opened = LogFiles::open(FileSystem::real(), options, metrics, clock);
  REQUIRE(opened.ok());
  files = std::move(opened).value();
  mode_t before = ::umask(022);
  add("t", "x");
  ::umask(before);
  CHECK(mode_of(path("t")) == 0640);
  CHECK(mode_of(options.directory + "/20170714") == 0750);
}

TEST_CASE_FIXTURE(Fixture, "a symbolic link is not written through") {
  put(dir / "elsewhere", "mine");
  boost::filesystem::create_directories(options.directory + "/20170714");
  boost::filesystem::create_symlink(dir / "elsewhere", path("t"));
  open();
  CHECK(files->add("t", "x", kNoon).status().code() == Code::kIo);
  CHECK(content(dir / "elsewhere") == "mine");
  CHECK(counter("write.errors") == 1);
  add("u", "other types go on");
  CHECK(flush().ok());
}

TEST_CASE_FIXTURE(Fixture, "something that is no file is an error, and nothing waits for ever") {
  boost::filesystem::create_directories(options.directory + "/20170714");
  REQUIRE(::mkfifo(path("t").c_str(), 0600) == 0);
  open();
  CHECK(files->add("t", "x", kNoon).status().code() == Code::kIo);
}

// Rule: listing-first
TEST_CASE_FIXTURE(Fixture, "no byte of a file is written before a listing that has it is stored") {
  add("a", "1");
  CHECK(files->needs_listing());
  CHECK(files->flush().code() == Code::kUnavailable);
  CHECK(files->sync().code() == Code::kUnavailable);
  CHECK(content_of("a").empty());

  std::string listing = files->listing();
  add("b", "2");  // not in the listing taken
  files->listed();
  CHECK(files->needs_listing());
  CHECK(files->flush().code() == Code::kUnavailable);
  CHECK(content_of("a") == "1");
  CHECK(content_of("b").empty());
  CHECK(files->buffered_bytes() == 1);

  files->listing();
  files->listed();
  CHECK_FALSE(files->needs_listing());
  CHECK(files->flush().ok());
  CHECK(content_of("b") == "2");
  CHECK(decode_listing(listing)->size() == 1);
}

// Rule: listing-first
TEST_CASE_FIXTURE(Fixture, "a new file's name is durable before the file is listed or written") {
  add("t", "x");
  std::string day = options.directory + "/20170714";
  CHECK(fs.count("sync_directory " + options.directory) == 1);
  std::size_t synced = fs.index("sync_directory " + options.directory);
  CHECK(fs.calls.back() == "sync_directory " + day);  // behind the making of the file
  CHECK(synced < fs.calls.size() - 1);
  std::size_t syncs = fs.count(fs.calls.back());
  add("u", "x");  // another file in a directory that is durable already
  CHECK(fs.count("sync_directory " + day) == syncs + 1);
  CHECK(fs.count("sync_directory " + options.directory) == 1);
  std::size_t calls = fs.calls.size();
  REQUIRE(flush().ok());
  CHECK(fs.index("write " + path("t")) >= calls);
}

TEST_CASE_FIXTURE(Fixture, "a name that cannot be made durable takes no event") {
  open();
  fs.fail_sync_directory = [](const std::string& p) { return p.ends_with("/20170714"); };
  CHECK(files->add("t", "x", kNoon).status().code() == Code::kIo);
  CHECK_FALSE(files->needs_listing());
  CHECK(files->buffered_bytes() == 0);
  fs.fail_sync_directory = nullptr;
  add("t", "y");
  REQUIRE(flush().ok());
  CHECK(content_of("t") == "y");
}

TEST_CASE_FIXTURE(Fixture, "a listing has the lengths of the last sync, and a sync moves them") {
  put(path("t"), "12345");
  add("t", "67");
  add("u", "abc");
  REQUIRE(flush().ok());
  CHECK(listed()[0].length == 5);
  CHECK(listed()[1].length == 0);
  CHECK(decode_listing(files->listing())->front().length == 5);  // written, but not synced
  REQUIRE(checkpoint().ok());
  REQUIRE(listed().size() == 2);
  CHECK(listed()[0].path == "20170714/t-20170714.log");
  CHECK(listed()[0].length == 7);
  CHECK(listed()[1].length == 3);
  struct stat st {};
  REQUIRE(::stat(path("t").c_str(), &st) == 0);
  CHECK(listed()[0].inode == st.st_ino);
}

TEST_CASE_FIXTURE(Fixture, "what a file held before is synced before it is listed") {
  put(path("t"), "by another program");
  add("t", "x");
  CHECK(fs.count("sync " + path("t")) == 1);
}

TEST_CASE_FIXTURE(Fixture, "a sync syncs the files written since the last one, and only those") {
  add("a", "1");
  add("b", "1");
  REQUIRE(checkpoint().ok());
  add("a", "2");
  fs.calls.clear();
  REQUIRE(checkpoint().ok());
  CHECK(fs.count("sync " + path("a")) == 1);
  CHECK(fs.count("sync " + path("b")) == 0);
  CHECK(fs.index("write " + path("a")) < fs.index("sync " + path("a")));
}

TEST_CASE_FIXTURE(Fixture, "a full buffer is written without a flush") {
  options.buffer_bytes = 100;
  add("t", "x");
  REQUIRE(flush().ok());
  for (int i = 0; i < 25; ++i) add("t", "0123456789");
  CHECK(content_of("t").size() == 201);
  CHECK(files->buffered_bytes() == 50);
  add("t", std::string(1000, 'L'));  // longer than the buffer
  REQUIRE(flush().ok());
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "the memory for all files together is bounded") {
  options.total_buffer_bytes = 1000;
  for (int i = 0; i < 10; ++i) add("t" + std::to_string(i), std::string(90, 'x'));
  CHECK(files->add("t0", std::string(101, 'x'), kNoon).status().code() == Code::kUnavailable);
  CHECK(files->buffered_bytes() == 900);
  intent();
  for (int i = 0; i < 100; ++i) {
    add("t" + std::to_string(i % 10), std::string(90, 'x'));
    CHECK(files->buffered_bytes() <= 1000);
  }
  add("t0", std::string(5000, 'x'));  // one may be longer than all the memory
  REQUIRE(flush().ok());
  CHECK(files->buffered_bytes() == 0);
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "with more files than descriptors every byte arrives and is synced") {
  options.max_open = 16;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50; ++i) {
      add("t" + std::to_string(i), std::to_string(i) + "/" + std::to_string(round) + ";");
      CHECK(files->open_files() <= 16);
    }
    REQUIRE(flush().ok());
    CHECK(files->open_files() <= 16);
  }
  fs.calls.clear();
  REQUIRE(checkpoint().ok());
  CHECK(files->open_files() <= 16);
  for (int i = 0; i < 50; ++i) CHECK(fs.count("sync " + path("t" + std::to_string(i))) == 1);
  CHECK(listed().size() == 50);
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "the least recently written file is closed first") {
  for (int i = 0; i < 16; ++i) add("t" + std::to_string(i), "x");
  REQUIRE(flush().ok());
  add("t0", "again");
  REQUIRE(flush().ok());
  add("new", "x");  // takes the place of t1
  int opened = 0;
  fs.fail_open = [&](const std::string&) { return ++opened, false; };
  add("t0", "y");
  REQUIRE(flush().ok());
  CHECK(opened == 0);
  add("t1", "y");
  REQUIRE(flush().ok());
  CHECK(opened == 1);
}

TEST_CASE_FIXTURE(Fixture,
                  "an idle file is closed and no longer listed, but not before it is synced") {
  add("idle", "x");
  add("busy", "x");
  REQUIRE(flush().ok());
  clock.advance(Seconds(59));
  add("busy", "y");
  REQUIRE(flush().ok());
  clock.advance(Seconds(1));
  files->close_idle();
  CHECK(files->open_files() == 2);  // not synced yet
  REQUIRE(checkpoint().ok());
  CHECK(listed().size() == 2);
  files->close_idle();
  CHECK(files->open_files() == 1);
  REQUIRE(checkpoint().ok());
  REQUIRE(listed().size() == 1);
  CHECK(listed()[0].path == "20170714/busy-20170714.log");

  add("idle", "z");  // opened again, as a new file to the listing
  CHECK(files->needs_listing());
  REQUIRE(flush().ok());
  CHECK(listed().back().length == 1);
  check_exactly_once();
}

TEST_CASE_FIXTURE(Fixture, "a file with events in memory is not idle") {
  add("t", "x");
  REQUIRE(checkpoint().ok());
  add("t", "y");
  clock.advance(Seconds(3600));
  files->close_idle();
  REQUIRE(checkpoint().ok());
  check_exactly_once();
}

}  // namespace
}  // namespace ox
