#include "common/store/seekable_zstd.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/store/compressed.h"

namespace ox {
namespace {

const std::string kFile = "/t.zst";

Result<std::optional<SeekableIndex>> index_of_bytes(const std::string& bytes) {
  SimulatedDisk disk;
  disk.put(kFile, bytes);
  auto file = disk.open(kFile, FileSystem::Open::kRead);
  REQUIRE(file.ok());
  return read_seekable_index(**file);
}

SeekableFrame sized(std::size_t size, std::uint32_t raw_size) {
  return {.size = static_cast<std::uint32_t>(size), .raw_size = raw_size};
}

std::string whole_file() {
  FrameCompressor compressor;
  const std::string one = compressor.compress("one").value();
  const std::string two = compressor.compress("twenty-two").value();
  const std::string origin = encode_origin({13, 0xdeadbeef});
  return one + two + origin +
         encode_seek_table({sized(one.size(), 3), sized(two.size(), 10), sized(origin.size(), 0)});
}

}  // namespace

TEST_CASE("the end of a file tells its frames and what it was made from") {
  auto index = index_of_bytes(whole_file());
  REQUIRE(index.ok());
  REQUIRE(index->has_value());
  CHECK((*index)->raw_bytes == 13);
  CHECK((*index)->origin == LogOrigin{13, 0xdeadbeef});
  REQUIRE((*index)->frames.size() == 3);
  CHECK((*index)->frames[1].offset == (*index)->frames[0].size);
  CHECK((*index)->frames[1].raw_offset == 3);
  CHECK((*index)->data_bytes + encode_seek_table((*index)->frames).size() == whole_file().size());
}

TEST_CASE("the table is the one of the format") {
  // One frame of 5 bytes for 7; the numbers are those of the format's description.
  CHECK(to_hex(encode_seek_table({sized(5, 7)})) ==
        "5e2a4d18"
        "11000000"
        "0500000007000000"
        "01000000"
        "00"
        "b1ea928f");
}

TEST_CASE("a table with checksums is read, too") {
  FrameCompressor compressor;
  const std::string one = compressor.compress("one").value();
  std::string bytes = one + from_hex("5e2a4d1815000000");
  append_le(bytes, static_cast<std::uint32_t>(one.size()));
  bytes += from_hex(
      "03000000"
      "aabbccdd"
      "01000000"
      "80"
      "b1ea928f");
  auto index = index_of_bytes(bytes);
  REQUIRE(index.ok());
  REQUIRE(index->has_value());
  CHECK((*index)->raw_bytes == 3);
  CHECK_FALSE((*index)->origin.has_value());
}

TEST_CASE("an ordinary zstd file has no table") {
  for (const std::string& bytes : {std::string(), std::string("x"), zstd("text")}) {
    auto index = index_of_bytes(bytes);
    REQUIRE(index.ok());
    CHECK_FALSE(index->has_value());
  }
}

TEST_CASE("whatever byte of the table is wrong, nothing is read outside the file") {
  const std::string bytes = whole_file();
  const std::size_t table = encode_seek_table({{}, {}, {}}).size();
  for (std::size_t at = bytes.size() - table; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      auto index = index_of_bytes(damaged);
      if (!index.ok()) {
        CHECK(index.status().code() == Code::kCorrupt);
      } else if (index->has_value()) {
        for (const SeekableFrame& frame : (*index)->frames)
          CHECK(frame.offset + frame.size <= (*index)->data_bytes);
      }
    }
  }
}

}  // namespace ox
