#pragma once
// Compressed log files that can be read from the middle: independent zstd frames, each of whole
// events, then a table of their sizes. Every zstd program reads them as an ordinary .zst file.
//
//   frame, frame, ..., origin, seek table       all integers little-endian
//
// Seek table: the seekable format of zstd, version 0.1.0 (contrib/seekable_format in its sources):
// a skippable frame with compressed and decompressed size of each frame before it.
// Origin: a skippable frame (number 0x184D2A5C), which the table lists with decompressed size 0:
//   offset  bytes  meaning
//        0      4  "OXZL"
//        4      4  version, 1 or 2
//        8      8  length of the log file that was compressed last
//       16      4  CRC-32C of its bytes
//       20      8  in version 2 only: the cut-off up to which all that is hidden was left out, of
//                  this log file and of what the file had before (cutoffs.h); in version 1 it is 0
// A file that was written again after it had been compressed is appended: then there is an origin
// for each, and the last one counts.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace ox {

// The log file that a compressed one was made from.
struct LogOrigin {
  std::uint64_t length = 0;
  std::uint32_t crc = 0;  // CRC-32C
  std::uint64_t cutoffs = 0;
  bool operator==(const LogOrigin&) const = default;
};

struct SeekableFrame {
  std::uint64_t offset = 0;  // in the file
  std::uint32_t size = 0;
  std::uint64_t raw_offset = 0;  // in the decompressed bytes
  std::uint32_t raw_size = 0;    // 0: a skippable one
};

struct SeekableIndex {
  std::vector<SeekableFrame> frames;
  std::optional<LogOrigin> origin;
  std::uint64_t data_bytes = 0;  // before the seek table
  std::uint64_t raw_bytes = 0;
};

// Makes frames. Threading: one thread.
class FrameCompressor {
 public:
  explicit FrameCompressor(int level = 3);
  ~FrameCompressor();

  // One frame with a checksum of its own. `raw` has at most 1 GiB. Error: kInvalid, when zstd
  // refuses.
  Result<std::string> compress(std::string_view raw);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// What one frame holds, which must be `raw_size` bytes. Error: kCorrupt.
Result<std::string> decompress_frame(std::string_view packed, std::uint32_t raw_size);

std::string encode_origin(const LogOrigin& origin);
// The seek table of `frames`, of which only the sizes count.
std::string encode_seek_table(const std::vector<SeekableFrame>& frames);

// What the end of a file tells of it. Nothing when there is no seek table: an ordinary .zst.
// Errors: kCorrupt (a table that does not fit the file), kIo.
Result<std::optional<SeekableIndex>> read_seekable_index(File& file);

}  // namespace ox
