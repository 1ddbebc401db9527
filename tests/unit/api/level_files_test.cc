#include "common/ingest/api/pbu/level_files.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include <boost/filesystem.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ingest/api/pbu/level_writer.h"
#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

constexpr Micros kDay = std::chrono::hours(24);
constexpr WallTime kNoon = Seconds(1'725'278'400);  // 2024-09-02T12:00:00Z

struct Folder {
  Folder() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }

  LevelFiles open(PbuLayout layout = PbuLayout::kSeed) {
    auto files = LevelFiles::open(path, layout, clock);
    REQUIRE_MESSAGE(files.ok(), files.status().message());
    return std::move(*files);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path + "/" + name);
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name) << text;
  }
  // Those that are not hidden, in order, with a blank behind each.
  std::string names() const {
    std::vector<std::string> all;
    for (const auto& entry : boost::filesystem::directory_iterator(path))
      if (entry.path().filename().string()[0] != '.')
        all.push_back(entry.path().filename().string());
    std::sort(all.begin(), all.end());
    std::string out;
    for (const std::string& name : all) out += name + " ";
    return out;
  }

  TemporaryDirectory directory;
  std::string path = directory / "a/b/logs";
  FakeClock clock{kNoon};
};

void put(LevelFiles& files, PbuLevel level, const std::string& text) {
  PbuLevelMap<std::string> all;
  all[level] = text;
  LevelFiles::Outcome outcome = files.append(all);
  CHECK_MESSAGE(outcome.written[level].ok(), outcome.written[level].message());
  CHECK_MESSAGE(outcome.rotated.ok(), outcome.rotated.message());
}

TEST_CASE("the folder is made, with all above it") {
  Folder folder;
  LevelFiles files = folder.open();
  CHECK(boost::filesystem::is_directory(folder.path));
  CHECK(folder.names().empty());
}

TEST_CASE("a folder that cannot be made is an error that names it") {
  Folder folder;
  std::ofstream(folder.directory / "file") << "x";
  auto files = LevelFiles::open(folder.directory / "file/logs/", PbuLayout::kSeed, folder.clock);
  REQUIRE_FALSE(files.ok());
  CHECK(files.status().message().find("file/logs") != std::string::npos);
}

TEST_CASE("each level has a file of its own, made when there is something for it") {
  Folder folder;
  LevelFiles files = folder.open();
  PbuLevelMap<std::string> text;
  text[PbuLevel::kInfo] = "one\ntwo\n";
  text[PbuLevel::kWarning] = "three\n";
  LevelFiles::Outcome outcome = files.append(text);
  for (PbuLevel level : kEveryPbuLevel) CHECK(outcome.written[level].ok());
  put(files, PbuLevel::kInfo, "four\n");
  CHECK(folder.names() == "info.log warning.log ");
  CHECK(folder.read("info.log") == "one\ntwo\nfour\n");
  CHECK(folder.read("warning.log") == "three\n");
}

TEST_CASE("the first line of a new day ends the files of the last one") {
  Folder folder;
  LevelFiles files = folder.open();
  put(files, PbuLevel::kInfo, "old\n");
  put(files, PbuLevel::kError, "old error\n");
  folder.clock.advance(std::chrono::hours(12) - Micros(1));
  put(files, PbuLevel::kInfo, "last\n");
  folder.clock.advance(Micros(1));
  put(files, PbuLevel::kInfo, "new\n");
  CHECK(folder.names() == "error.log.2024-09-02 info.log info.log.2024-09-02 ");
  CHECK(folder.read("info.log") == "new\n");
  CHECK(folder.read("info.log.2024-09-02") == "old\nlast\n");
}

TEST_CASE("midnight is that of the local zone") {
  Folder folder;
  ::setenv("TZ", "XXX-09:30", 1);  // 21:30 of the same day
  ::tzset();
  LevelFiles files = folder.open();
  put(files, PbuLevel::kInfo, "old\n");
  folder.clock.advance(std::chrono::minutes(150));
  put(files, PbuLevel::kInfo, "new\n");
  CHECK(folder.names() == "info.log info.log.2024-09-02 ");
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

TEST_CASE("a process that is started later ends the files of the day they are of") {
  Folder folder;
  {
    LevelFiles files = folder.open();
    put(files, PbuLevel::kInfo, "old\n");
  }
  folder.clock.advance(3 * kDay);
  LevelFiles files = folder.open();
  put(files, PbuLevel::kError, "new\n");
  CHECK(folder.names() == "error.log info.log.2024-09-02 ");
}

TEST_CASE("files that another server has left are of the day they were last written") {
  Folder folder;
  boost::filesystem::create_directories(folder.path);
  folder.write("info.log", "theirs\n");
  folder.write("error.log", "theirs of today\n");
  const timespec old[2] = {{1'725'000'000, 0}, {1'725'000'000, 0}};  // 2024-08-30
  REQUIRE(::utimensat(AT_FDCWD, (folder.path + "/info.log").c_str(), old, 0) == 0);
  folder.clock.set_wall(Clock::system().wall());
  LevelFiles files = folder.open();
  put(files, PbuLevel::kInfo, "ours\n");
  put(files, PbuLevel::kError, "ours\n");
  CHECK(folder.names() == "error.log info.log info.log.2024-08-30 ");
  CHECK(folder.read("error.log") == "theirs of today\nours\n");
}

TEST_CASE("thirty files of a level are kept") {
  Folder folder;
  LevelFiles files = folder.open();
  put(files, PbuLevel::kError, "error\n");
  for (int day = 0; day < 40; ++day) {
    put(files, PbuLevel::kInfo, "line\n");
    folder.clock.advance(kDay);
  }
  put(files, PbuLevel::kInfo, "line\n");
  folder.write("info.log.keep", "not ours\n");
  CHECK(folder.names().find("info.log.2024-09-11 ") == std::string::npos);
  CHECK(folder.names().find("info.log.2024-09-12 ") != std::string::npos);
  CHECK(folder.names().find("info.log.2024-10-11 ") != std::string::npos);
  CHECK(folder.names().find("error.log.2024-09-02 ") != std::string::npos);
  folder.clock.advance(kDay);
  put(files, PbuLevel::kInfo, "line\n");
  CHECK(folder.read("info.log.keep") == "not ours\n");
}

TEST_CASE("a clock that is put back ends no file, and what comes again is not written over") {
  Folder folder;
  LevelFiles files = folder.open();
  put(files, PbuLevel::kInfo, "monday\n");
  folder.clock.advance(kDay);
  put(files, PbuLevel::kInfo, "tuesday\n");
  folder.clock.set_wall(kNoon);
  put(files, PbuLevel::kInfo, "monday again\n");
  CHECK(folder.names() == "info.log info.log.2024-09-02 ");
  folder.write("info.log.2024-09-03", "somebody's\n");
  folder.clock.set_wall(kNoon + 2 * kDay);
  put(files, PbuLevel::kInfo, "wednesday\n");
  CHECK(folder.names() ==
        "info.log info.log.2024-09-02 info.log.2024-09-03 info.log.2024-09-03.1 ");
  CHECK(folder.read("info.log.2024-09-03") == "somebody's\n");
  CHECK(folder.read("info.log.2024-09-03.1") == "tuesday\nmonday again\n");
}

TEST_CASE("a clock that was years ahead does not keep the files from ending for good") {
  Folder folder;
  LevelFiles files = folder.open();
  folder.clock.set_wall(kNoon + 4000 * kDay);
  put(files, PbuLevel::kInfo, "far\n");
  folder.clock.set_wall(kNoon);
  put(files, PbuLevel::kInfo, "today\n");
  CHECK(folder.names() == "info.log ");
  folder.clock.set_wall(kNoon + kDay);
  put(files, PbuLevel::kInfo, "tomorrow\n");
  CHECK(folder.names() == "info.log info.log.2024-09-02 ");
}

TEST_CASE("in the dated layout every day has its file, and nothing is renamed") {
  Folder folder;
  LevelFiles files = folder.open(PbuLayout::kDated);
  put(files, PbuLevel::kWarning, "one\n");
  folder.clock.advance(kDay);
  put(files, PbuLevel::kWarning, "two\n");
  folder.clock.set_wall(kNoon);
  put(files, PbuLevel::kWarning, "three\n");
  CHECK(folder.names() == "warn_2024-09-02.log warn_2024-09-03.log ");
  CHECK(folder.read("warn_2024-09-02.log") == "one\nthree\n");
}

TEST_CASE("a line that was cut by a crash is ended, and nothing is joined to it") {
  Folder folder;
  LevelFiles files = folder.open();
  folder.write("info.log", "whole\ntor");
  put(files, PbuLevel::kInfo, "next\n");
  CHECK(folder.read("info.log") == "whole\ntor\nnext\n");
}

TEST_CASE("files and folders that somebody removes are made again") {
  Folder folder;
  LevelFiles files = folder.open();
  put(files, PbuLevel::kInfo, "one\n");
  boost::filesystem::remove(folder.path + "/info.log");
  put(files, PbuLevel::kInfo, "two\n");
  CHECK(folder.read("info.log") == "two\n");
  boost::filesystem::remove_all(folder.directory / "a");
  put(files, PbuLevel::kInfo, "three\n");
  CHECK(folder.read("info.log") == "three\n");
}

TEST_CASE("one level that cannot be written does not keep the others from it") {
  Folder folder;
  LevelFiles files = folder.open();
  REQUIRE(::symlink("/dev/full", (folder.path + "/error.log").c_str()) == 0);
  PbuLevelMap<std::string> text;
  text[PbuLevel::kInfo] = "info\n";
  text[PbuLevel::kError] = "error\n";
  LevelFiles::Outcome outcome = files.append(text);
  CHECK(outcome.written[PbuLevel::kInfo].ok());
  CHECK(outcome.written[PbuLevel::kError].code() == Code::kNoSpace);
  CHECK(outcome.written[PbuLevel::kError].message().find("error.log") != std::string::npos);
  CHECK(folder.read("info.log") == "info\n");
}

TEST_CASE("a symbolic link is written, and not renamed") {
  Folder folder;
  LevelFiles files = folder.open();
  folder.write("target", "");
  REQUIRE(::symlink("target", (folder.path + "/info.log").c_str()) == 0);
  put(files, PbuLevel::kInfo, "one\n");
  folder.clock.advance(kDay);
  put(files, PbuLevel::kInfo, "two\n");
  CHECK(folder.names() == "info.log target ");
  CHECK(folder.read("target") == "one\ntwo\n");
}

TEST_CASE("several who write across midnight lose and tear nothing") {
  Folder folder;
  folder.clock.set_wall(kNoon + std::chrono::hours(12) - Seconds(1));
  constexpr int kWriters = 4;
  constexpr int kLines = 500;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      // As processes do: each with files of its own.
      auto files = LevelFiles::open(folder.path, PbuLayout::kSeed, folder.clock);
      for (int i = 0; i < kLines && files.ok(); ++i) {
        PbuLevelMap<std::string> text;
        text[PbuLevel::kInfo] = fmt::format("{} {:05} {}\n", writer, i, std::string(200, 'x'));
        (void)files->append(text);
        folder.clock.advance(Millis(1));
      }
    });
  for (std::thread& writer : writers) writer.join();
  CHECK(folder.names() == "info.log info.log.2024-09-02 ");
  const std::string yesterday = folder.read("info.log.2024-09-02");
  const std::string today = folder.read("info.log");
  CHECK(!yesterday.empty());
  CHECK(!today.empty());
  std::istringstream lines(yesterday + today);
  std::vector<int> next(kWriters, 0);
  for (std::string line; std::getline(lines, line);) {
    const int writer = line[0] - '0';
    REQUIRE(line == fmt::format("{} {:05} {}", writer, next.at(static_cast<std::size_t>(writer))++,
                                std::string(200, 'x')));
  }
  for (int count : next) CHECK(count == kLines);
}

TEST_CASE("the writer writes, answers, and writes what waits before it ends") {
  Folder folder;
  Metrics metrics;
  std::atomic<int> answered{0};
  {
    LevelWriter writer(folder.open(), metrics);
    for (int i = 0; i < 100; ++i)
      writer.write(PbuLevel::kInfo, fmt::format("{}\n", i), [&] { ++answered; });
  }
  CHECK(answered == 100);
  std::string all;
  for (int i = 0; i < 100; ++i) all += fmt::format("{}\n", i);
  CHECK(folder.read("info.log") == all);
  CHECK(metrics.counter("http.api.pbu.file_records").value() == 100);
}

TEST_CASE("a record that cannot be written is counted, and answered all the same") {
  Folder folder;
  Metrics metrics;
  std::atomic<int> answered{0};
  set_log_sink([](LogLevel, std::string_view) {});
  {
    LevelWriter writer(folder.open(), metrics);
    REQUIRE(::symlink("/dev/full", (folder.path + "/error.log").c_str()) == 0);
    writer.write(PbuLevel::kError, "lost\n", [&] { ++answered; });
  }
  {
    // The first waits for the lock that we hold, the second has no room behind it.
    LevelWriter writer(folder.open(), metrics, 4);
    const int fd = ::open((folder.path + "/.oxingest-day").c_str(), O_RDWR);
    REQUIRE(::flock(fd, LOCK_EX) == 0);
    writer.write(PbuLevel::kInfo, "1\n", [&] { ++answered; });
    writer.write(PbuLevel::kInfo, "too long\n", [&] { ++answered; });
    CHECK(answered == 2);
    ::close(fd);
  }
  set_log_sink(nullptr);
  CHECK(answered == 3);
  CHECK(folder.read("info.log") == "1\n");
  CHECK(metrics.counter("http.api.pbu.file_records_lost").value() == 2);
}

}  // namespace
}  // namespace ox
