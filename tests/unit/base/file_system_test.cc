#include "common/base/file_system.h"

#include <algorithm>
#include <cerrno>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

// Takes at most `step` bytes per call, and after `room` bytes none.
class ShortFile : public File {
 public:
  explicit ShortFile(std::size_t step, std::size_t room = 1 << 20) : step_(step), room_(room) {}

  Result<std::size_t> read_at(char* out, std::size_t size, std::uint64_t offset) override {
    if (offset >= content.size()) return std::size_t{0};
    std::size_t n = std::min({size, step_, content.size() - static_cast<std::size_t>(offset)});
    content.copy(out, n, static_cast<std::size_t>(offset));
    return n;
  }
  Result<std::size_t> write_at(std::span<const std::string_view> parts,
                               std::uint64_t offset) override {
    ++calls;
    if (room_ == 0) return errno_status(ENOSPC, "cannot write");
    std::string all;
    for (std::string_view part : parts) all += part;
    all.resize(std::min({all.size(), step_, room_}));
    room_ -= all.size();
    auto at = static_cast<std::size_t>(offset);
    if (content.size() < at + all.size()) content.resize(at + all.size());
    content.replace(at, all.size(), all);
    return all.size();
  }
  Status truncate(std::uint64_t size) override {
    content.resize(static_cast<std::size_t>(size));
    return ok_status();
  }
  Status sync_data() override { return ok_status(); }
  void start_writeback(std::uint64_t offset, std::uint64_t size) override {
    started.emplace_back(offset, size);
  }
  Result<FileInfo> info() override { return FileInfo{}; }
  Status close() override { return ok_status(); }

  std::vector<std::pair<std::uint64_t, std::uint64_t>> started;
  std::string content;
  int calls = 0;

 private:
  std::size_t step_;
  std::size_t room_;
};

}  // namespace

TEST_CASE("whole MiB of a file are on their way early, each once, and what was synced never") {
  constexpr std::uint64_t kMiB = 1 << 20;
  ShortFile file(1);
  EarlyWriteback writeback;
  writeback.written(file, kMiB - 1);
  CHECK(file.started.empty());
  writeback.written(file, kMiB + 5);
  writeback.written(file, 2 * kMiB - 1);
  writeback.written(file, 4 * kMiB);
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  CHECK(file.started == Ranges{{0, kMiB}, {kMiB, 3 * kMiB}});
  file.started.clear();
  writeback.begin(6 * kMiB + 100);
  writeback.written(file, 6 * kMiB + 200);
  CHECK(file.started.empty());
  writeback.written(file, 7 * kMiB);
  CHECK(file.started == Ranges{{6 * kMiB + 100, kMiB - 100}});
  file.started.clear();
  writeback.begin(0);  // it was cut
  writeback.written(file, kMiB);
  CHECK(file.started == Ranges{{0, kMiB}});
}

TEST_CASE("write_all goes on after short writes, whatever part they end in") {
  const std::vector<std::string_view> parts = {"", "ab", "", "cdefg", "h", ""};
  for (std::size_t step = 1; step <= 9; ++step) {
    CAPTURE(step);
    ShortFile file(step);
    std::uint64_t written = 99;
    REQUIRE(write_all(file, parts, 3, &written).ok());
    CHECK(file.content == std::string("\0\0\0abcdefgh", 11));
    CHECK(written == 8);
    CHECK(static_cast<std::size_t>(file.calls) == (8 + step - 1) / step);
  }
}

TEST_CASE("write_all says how much was written before the error") {
  ShortFile file(3, 5);
  std::uint64_t written = 99;
  Status status = write_all(file, "abcdefgh", 0, &written);
  CHECK(status.code() == Code::kNoSpace);
  CHECK(written == 5);
  CHECK(file.content == "abcde");
}

TEST_CASE("a write that makes no progress is an error, not a loop") {
  ShortFile file(0);
  CHECK(write_all(file, "abc", 0).code() == Code::kIo);
  CHECK(file.calls == 1);
}

TEST_CASE("writing nothing succeeds without a call") {
  ShortFile file(1);
  std::uint64_t written = 99;
  CHECK(write_all(file, "", 0, &written).ok());
  CHECK(written == 0);
  CHECK(file.calls == 0);
}

TEST_CASE("read_up_to goes on after short reads and stops at the end") {
  ShortFile file(2);
  file.content = "abcdefg";
  CHECK(*read_up_to(file, 1, 4) == "bcde");
  CHECK(*read_up_to(file, 5, 100) == "fg");
  CHECK(read_up_to(file, 7, 10)->empty());
}

TEST_CASE("a file is made, written, synced and read back") {
  TemporaryDirectory directory;
  FileSystem& fs = FileSystem::real();
  std::string path = directory / "a";
  {
    auto file = fs.open(path, FileSystem::Open::kCreate);
    REQUIRE(file.ok());
    std::vector<std::string_view> parts(100, "0123456789");  // more parts than one call takes
    CHECK(write_all(**file, parts, 0).ok());
    CHECK((*file)->sync_data().ok());
    CHECK((*file)->info()->size == 1000);
    CHECK((*file)->truncate(15).ok());
    CHECK((*file)->close().ok());
  }
  CHECK(fs.sync_directory(directory.path()).ok());
  CHECK(*read_file(fs, path, 15) == "012345678901234");
  CHECK(read_file(fs, path, 14).status().code() == Code::kTooLarge);
  CHECK(fs.open(path, FileSystem::Open::kCreate).status().code() == Code::kExists);
  CHECK(fs.open(directory / "none", FileSystem::Open::kRead).status().code() == Code::kNotFound);

  struct stat st {};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  CHECK((st.st_mode & 07) == 0);  // nothing for others, whatever the umask
}

TEST_CASE("a symbolic link is not followed unless asked for") {
  TemporaryDirectory directory;
  FileSystem& fs = FileSystem::real();
  REQUIRE(fs.open(directory / "real", FileSystem::Open::kCreate).ok());
  REQUIRE(::symlink("real", (directory / "link").c_str()) == 0);
  CHECK_FALSE(fs.open(directory / "link", FileSystem::Open::kRead).ok());
  CHECK_FALSE(fs.open(directory / "link", FileSystem::Open::kOpenOrCreate).ok());
  CHECK(fs.open(directory / "link", FileSystem::Open::kReadFollow).ok());
}

TEST_CASE("directories are made with their parents, and may exist") {
  TemporaryDirectory directory;
  FileSystem& fs = FileSystem::real();
  CHECK(fs.make_directories(directory / "a/b/c").ok());
  CHECK(fs.make_directories(directory / "a/b/c").ok());
  CHECK(fs.info(directory / "a/b/c")->is_directory);
  REQUIRE(fs.open(directory / "a/file", FileSystem::Open::kCreate).ok());
  CHECK_FALSE(fs.make_directories(directory / "a/file").ok());
  CHECK_FALSE(fs.make_directories(directory / "a/file/below").ok());

  auto entries = fs.list(directory / "a");
  REQUIRE(entries.ok());
  std::sort(entries->begin(), entries->end(),
            [](const auto& x, const auto& y) { return x.name < y.name; });
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[0].name == "b");
  CHECK((*entries)[0].is_directory);
  CHECK((*entries)[1].name == "file");
  CHECK_FALSE((*entries)[1].is_directory);
  CHECK(fs.list(directory / "none").status().code() == Code::kNotFound);
}

TEST_CASE("a renamed file keeps its identity, a removed one has none") {
  TemporaryDirectory directory;
  FileSystem& fs = FileSystem::real();
  REQUIRE(fs.open(directory / "a", FileSystem::Open::kCreate).ok());
  FileId id = fs.info(directory / "a")->id;
  CHECK(fs.rename(directory / "a", directory / "b").ok());
  CHECK(fs.info(directory / "b")->id == id);
  CHECK(fs.remove(directory / "b").ok());
  CHECK(fs.info(directory / "b").status().code() == Code::kNotFound);
  CHECK(fs.remove(directory / "b").code() == Code::kNotFound);
}

TEST_CASE("a lock has one holder, who is named to the others") {
  TemporaryDirectory directory;
  FileSystem& fs = FileSystem::real();
  {
    auto held = fs.lock(directory / "lock", "oxd, process 4242");
    REQUIRE(held.ok());
    auto refused = fs.lock(directory / "lock", "oxd, process 7");
    CHECK(refused.status().code() == Code::kExists);
    CHECK(refused.status().message().find("oxd, process 4242") != std::string::npos);
    CHECK(refused.status().message().find(directory / "lock") != std::string::npos);
  }
  CHECK(fs.lock(directory / "lock", "oxd, process 7").ok());  // released with its holder
  CHECK(fs.lock(directory / "no/lock", "x").status().code() == Code::kNotFound);
}

TEST_CASE("paths are joined and taken apart") {
  CHECK(join_path("/var/log", "a.log") == "/var/log/a.log");
  CHECK(join_path("/var/log/", "a.log") == "/var/log/a.log");
  CHECK(directory_of("/var/log/a.log") == "/var/log");
  CHECK(directory_of("a.log") == ".");
  CHECK(base_name("/var/log/a.log") == "a.log");
}

}  // namespace ox
