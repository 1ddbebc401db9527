#include "common/store/log_compressor.h"

#include <map>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "common/store/log_reader.h"
#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

const std::string kLog = "/logs/20260101/web-20260101.log";
const std::string kPacked = kLog + ".zst";
const std::string kPart = kLog + ".zst.part";

// {"n": n, "x": ...}: a map of two, its second value `size` bytes that hardly compress.
std::string numbered_event(std::uint32_t n, std::size_t size = 100) {
  std::string event = from_hex("82a16ece00000000a178db00000000");
  store_be(event.data() + 4, n);
  store_be(event.data() + 11, static_cast<std::uint32_t>(size));
  for (std::size_t i = 0; i < size; ++i)
    event += static_cast<char>('a' + (n * 2654435761U + i * 40503U) % 23);
  return event;
}

std::string events_from(std::uint32_t first, std::uint32_t count, std::size_t size = 100) {
  std::string bytes;
  for (std::uint32_t n = first; n < first + count; ++n) bytes += numbered_event(n, size);
  return bytes;
}

Status compress_and_install(FileSystem& fs, const std::string& path) {
  auto compressed = compress_log(fs, path, Cutoffs(), {});
  if (!compressed.ok()) return compressed.status();
  return install_compressed(fs, *compressed);
}

// All that readers see below /logs.
std::string everything_in(FileSystem& fs) {
  auto found = find_log_files(
      fs, "/logs", [](std::string_view) { return true; }, WallTime(0), Seconds(4'000'000'000));
  REQUIRE(found.ok());
  CHECK(found->problems.empty());
  std::string bytes;
  for (const LogFile& file : found->files) {
    auto reader = LogReader::open(fs, file);
    REQUIRE(reader.ok());
    std::string_view event;
    while (true) {
      auto more = reader->next(event);
      REQUIRE_MESSAGE(more.ok(), more.status().message());
      if (!*more) break;
      bytes += event;
    }
  }
  return bytes;
}

SeekableIndex index_of(FileSystem& fs, const std::string& path) {
  auto file = fs.open(path, FileSystem::Open::kRead);
  REQUIRE(file.ok());
  auto index = read_seekable_index(**file);
  REQUIRE(index.ok());
  REQUIRE(index->has_value());
  return **index;
}

}  // namespace

TEST_CASE("a compressed log file holds the same events, and the log file is gone") {
  SimulatedDisk disk;
  const std::string bytes = events_from(0, 20'000);
  disk.put(kLog, bytes);
  REQUIRE(compress_and_install(disk, kLog).ok());
  CHECK_FALSE(disk.exists(kLog));
  CHECK_FALSE(disk.exists(kPart));
  CHECK(disk.content(kPacked).size() < bytes.size());
  CHECK(everything_in(disk) == bytes);
}

TEST_CASE("its frames begin at events, and the table tells where") {
  SimulatedDisk disk;
  const std::string bytes = events_from(0, 20'000);
  disk.put(kLog, bytes);
  REQUIRE(compress_and_install(disk, kLog).ok());
  SeekableIndex index = index_of(disk, kPacked);
  CHECK(index.raw_bytes == bytes.size());
  CHECK(index.origin == LogOrigin{bytes.size(), crc32c(bytes)});
  REQUIRE(index.frames.size() > 3);
  const std::string packed = disk.content(kPacked);
  std::string joined;
  for (const SeekableFrame& frame : index.frames) {
    if (frame.raw_size == 0) continue;
    CHECK(frame.raw_offset % numbered_event(0).size() == 0);
    disk.put("/one.zst", packed.substr(frame.offset, frame.size));
    LogFile file;
    file.path = "/one.zst";
    file.compression = Compression::kZstd;
    auto reader = LogReader::open(disk, file);
    REQUIRE(reader.ok());
    std::string_view event;
    while (reader->next(event).value()) joined += event;
  }
  CHECK(joined == bytes);
}

TEST_CASE("an event that is larger than a frame, damage and a torn end are kept as they are") {
  SimulatedDisk disk;
  for (const std::string& bytes :
       {numbered_event(1, 3 << 20) + numbered_event(2), events_from(0, 10) + "\xc1 not an event",
        events_from(0, 10) + numbered_event(11).substr(0, 40), std::string()}) {
    disk.put(kLog, bytes);
    REQUIRE(compress_and_install(disk, kLog).ok());
    SeekableIndex index = index_of(disk, kPacked);
    CHECK(index.origin == LogOrigin{bytes.size(), crc32c(bytes)});
    disk.erase(kPacked);
  }
}

// Rule: compressed-copy
TEST_CASE("a log file that was written again is appended to what was compressed before") {
  SimulatedDisk disk;
  disk.put(kLog, events_from(0, 9000));
  REQUIRE(compress_and_install(disk, kLog).ok());
  disk.put(kLog, events_from(9000, 7));
  CHECK(everything_in(disk) == events_from(0, 9007));
  REQUIRE(compress_and_install(disk, kLog).ok());
  CHECK_FALSE(disk.exists(kLog));
  CHECK(everything_in(disk) == events_from(0, 9007));
  CHECK(index_of(disk, kPacked).origin->length == events_from(9000, 7).size());
}

TEST_CASE("nothing is appended to a file of another program") {
  SimulatedDisk disk;
  disk.put(kLog, events_from(0, 3));
  disk.put(kPacked, "somebody else's");
  Status status = compress_and_install(disk, kLog);
  CHECK(status.code() == Code::kInvalid);
  CHECK(status.message().find(kPacked) != std::string::npos);
  CHECK(disk.content(kLog) == events_from(0, 3));
}

TEST_CASE("a log file that is written while it is compressed stays") {
  SimulatedDisk disk;
  disk.put(kLog, events_from(0, 3));
  auto compressed = compress_log(disk, kLog, Cutoffs(), {});
  REQUIRE(compressed.ok());
  disk.put(kLog, events_from(0, 4));
  CHECK(install_compressed(disk, *compressed).code() == Code::kUnavailable);
  CHECK_FALSE(disk.exists(kPacked));
  CHECK_FALSE(disk.exists(kPart));
  CHECK(everything_in(disk) == events_from(0, 4));
}

TEST_CASE("a compression that is given up leaves nothing") {
  SimulatedDisk disk;
  disk.put(kLog, events_from(0, 20'000));
  int asked = 0;
  auto compressed = compress_log(disk, kLog, Cutoffs(), [&asked] { return ++asked < 3; });
  CHECK(compressed.status().code() == Code::kUnavailable);
  CHECK_FALSE(disk.exists(kPart));
  CHECK(disk.exists(kLog));
}

TEST_CASE("a bit that the disk gives back wrong is found, and the log file stays") {
  SimulatedDisk disk;
  const std::string bytes = events_from(0, 2000);
  disk.put(kLog, bytes);
  bool flipped = false;
  disk.on_call([&](const SimulatedDisk::Call& call) {
    if (call.op != SimulatedDisk::Op::kRead || call.path != kPart || flipped) return;
    flipped = true;
    std::string part = disk.content(kPart);
    part[part.size() / 2] = static_cast<char>(part[part.size() / 2] ^ 4);
    disk.put(kPart, part);
  });
  CHECK(compress_and_install(disk, kLog).code() == Code::kCorrupt);
  CHECK(flipped);
  CHECK_FALSE(disk.exists(kPart));
  CHECK_FALSE(disk.exists(kPacked));
  CHECK(everything_in(disk) == bytes);
}

// Rule: compressed-copy
TEST_CASE("power that goes at any moment leaves each event once, also for whoever writes on") {
  const std::string bytes = events_from(0, 3000);
  std::uint64_t points = 0;
  for (bool again : {false, true}) {
    for (std::uint64_t n = 0;; ++n) {
      SimulatedDisk disk(test_seed(n));
      INFO("seed ", disk.seed(), ", after ", n, " changes");
      std::string expected = bytes;
      disk.put(kLog, bytes);
      if (again) {
        REQUIRE(compress_and_install(disk, kLog).ok());
        disk.put(kLog, events_from(3000, 5));
        expected += events_from(3000, 5);
      }
      disk.crash_after(n);
      bool done = compress_and_install(disk, kLog).ok();
      disk.crash(n % 2 == 0 ? SimulatedDisk::Keep::kSubset : SimulatedDisk::Keep::kNothing);
      CHECK(everything_in(disk) == expected);
      REQUIRE(finish_compressions(disk, "/logs").ok());
      CHECK_FALSE(disk.exists(kPart));
      CHECK(everything_in(disk) == expected);
      if (done) CHECK(disk.exists(kPacked));
      if (disk.exists(kLog)) REQUIRE(compress_and_install(disk, kLog).ok());
      CHECK(everything_in(disk) == expected);
      ++points;
      if (done) break;
    }
  }
  CHECK(points > 10);
}

TEST_CASE("any call that fails loses nothing") {
  using Op = SimulatedDisk::Op;
  const std::string bytes = events_from(0, 3000);
  for (Op op : {Op::kOpen, Op::kCreate, Op::kRead, Op::kWrite, Op::kSync, Op::kInfo, Op::kRename,
                Op::kRemove, Op::kSyncDirectory}) {
    for (std::uint64_t nth = 1; nth < 200; ++nth) {
      SimulatedDisk disk;
      CAPTURE(static_cast<int>(op));
      CAPTURE(nth);
      disk.put(kLog, bytes);
      disk.inject({.op = op, .nth = nth});
      Status status = compress_and_install(disk, kLog);
      disk.clear_faults();
      CHECK(everything_in(disk) == bytes);
      if (status.ok() && !disk.exists(kLog)) break;
      REQUIRE(finish_compressions(disk, "/logs").ok());
      CHECK(everything_in(disk) == bytes);
    }
  }
}

}  // namespace ox
