#pragma once
// Where reading a followed path goes on: enough to find the file again after a restart, even when
// rotation has given it another name in its directory.
//
// Format, version 1, little-endian:
//   0   u8   version = 1
//   1   u8   0
//   2   u16  number of marks m
//   4   m x 31 bytes, oldest file first:
//         0  u64 device   8  u64 inode   16  u64 offset
//        24  u8  flags (bit 0: the offset is inside a line whose beginning was handed over)
//        25  u16 bytes the fingerprint covers   27  u32 CRC-32C of the file's first so many bytes
//   4+31m    the path, to the end
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace ox {

// Tells whether a file still is the one it was: the first bytes of a log do not change. It ends
// before the first NUL, which may be a hole that is filled later.
struct Fingerprint {
  static constexpr std::size_t kMaxBytes = 256;

  std::uint16_t bytes = 0;
  std::uint32_t crc = 0;

  // Of the first bytes of a file; `head` has kMaxBytes, or fewer when the file has no more.
  static Fingerprint of(std::string_view head);
  // True when `head` starts with the bytes that this covers.
  bool matches(std::string_view head) const;

  bool operator==(const Fingerprint&) const = default;
};

// Up to Fingerprint::kMaxBytes from the front of the file.
Result<std::string> read_head(File& file);

// A place in one file.
struct FileMark {
  FileId id;
  std::uint64_t offset = 0;
  bool mid_line = false;
  Fingerprint fingerprint;

  bool operator==(const FileMark&) const = default;
};

// A path's position has a mark for every file that is still being read under it: one as a rule;
// while rotation is going on the old one, held to its end, and the new.
struct FilePosition {
  std::string path;
  std::vector<FileMark> marks;  // oldest first; at most 4096 are encoded

  std::string encode() const;
  // Errors: kUnsupported (a version from the future), kCorrupt.
  static Result<FilePosition> decode(std::string_view bytes);
  // Sets the offset of mark `index` in encoded bytes: done for every event, so without encoding
  // anew.
  static void patch(std::string& encoded, std::size_t index, std::uint64_t offset, bool mid_line);

  bool operator==(const FilePosition&) const = default;
};

}  // namespace ox
