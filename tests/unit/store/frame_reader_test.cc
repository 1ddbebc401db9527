#include "common/store/frame_reader.h"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

// Frames of the numbers 0, 1, 2, ... in text, of different sizes, one behind the other.
struct FramesFixture {
  static constexpr std::size_t kFrames = 12;
  SimulatedDisk disk;
  std::string raw;
  std::vector<std::size_t> begins;  // of each frame in raw
  std::unique_ptr<File> file;
  SeekableIndex index;

  FramesFixture() {
    FrameCompressor compressor;
    std::string bytes;
    std::vector<SeekableFrame> table;
    for (std::size_t i = 0; i < kFrames; ++i) {
      begins.push_back(raw.size());
      const std::size_t from = raw.size();
      for (std::size_t n = 0; n < 1000 * (i % 3 + 1); ++n) raw += std::to_string(raw.size()) + ' ';
      const std::string packed = compressor.compress(raw.substr(from)).value();
      table.push_back({.size = static_cast<std::uint32_t>(packed.size()),
                       .raw_size = static_cast<std::uint32_t>(raw.size() - from)});
      bytes += packed;
    }
    open(bytes + encode_seek_table(table));
  }

  void open(const std::string& bytes) {
    disk.put("/t.zst", bytes);
    file = std::move(disk.open("/t.zst", FileSystem::Open::kRead).value());
    index = std::move(*read_seekable_index(*file).value());
  }

  static Status read(FrameReader& reader, std::size_t offset, std::size_t size, std::string& out) {
    out.assign(size, '\0');
    std::size_t filled = 0;
    const Status status = reader.read(out.data(), size, offset, filled);
    out.resize(filled);
    return status;
  }
};

}  // namespace

TEST_CASE_FIXTURE(FramesFixture,
                  "frames read onwards are those of the file, in pieces of any size") {
  for (const std::size_t piece : {std::size_t{100}, std::size_t{7000}, std::size_t{100'000}}) {
    CAPTURE(piece);
    FrameReader reader(*file, index);
    std::string all;
    std::string out;
    do {
      REQUIRE(read(reader, all.size(), piece, out).ok());
      all += out;
    } while (!out.empty());
    CHECK(all == raw);
  }
}

TEST_CASE_FIXTURE(FramesFixture, "what is read ahead and then jumped over does no harm") {
  std::mt19937 random(7);
  FrameReader reader(*file, index);
  for (int i = 0; i < 300; ++i) {
    // A few frames onwards from anywhere, whole or in part.
    std::size_t at = begins[random() % kFrames] + (random() % 2 == 0 ? 0 : random() % 500);
    for (std::size_t n = random() % 4 + 1; n > 0 && at < raw.size(); --n) {
      const std::size_t size = random() % 20'000 + 1;
      std::string out;
      REQUIRE(read(reader, at, size, out).ok());
      REQUIRE(out == raw.substr(at, size));
      at += out.size();
    }
  }
}

TEST_CASE_FIXTURE(FramesFixture,
                  "a damaged frame is an error where it is asked for, and only there") {
  std::string bytes = disk.content("/t.zst");
  const std::size_t bad = 5;
  bytes[index.frames[bad].offset + index.frames[bad].size / 2] ^= 0x55;
  open(bytes);
  FrameReader reader(*file, index);
  std::string out;
  for (std::size_t i = 0; i < kFrames; ++i) {
    CAPTURE(i);
    const SeekableFrame& frame = index.frames[i];
    const Status status = read(reader, frame.raw_offset, frame.raw_size, out);
    CHECK(status.ok() == (i != bad));
    if (i != bad) CHECK(out == raw.substr(frame.raw_offset, frame.raw_size));
  }
}

}  // namespace ox
