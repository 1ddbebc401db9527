#pragma once
// What a checkpoint says of the log files: each file that may have been written since, and how long
// it was. Recovery cuts the files to these lengths before the spool is replayed.
//
// Format, integers little-endian:
//   offset  bytes  meaning
//        0      4  "OXLF"
//        4      4  version, 1
//        8      4  CRC-32C of everything from offset 12 on
//       12      4  how many files follow; for each:
//                2  bytes of the path
//                n  path, relative to the log directory
//                8  inode
//                8  length that was synced
//                4  CRC-32C of the last 4096 bytes before that length (of all, when it is shorter)
//
// There is no device number: those of device-mapper, btrfs and NFS may change with a reboot, and
// inode, length and CRC together say well enough that a file is the one meant.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace ox {

// How many bytes before a recorded length its CRC covers.
inline constexpr std::uint64_t kListedTailBytes = 4096;

struct ListedFile {
  std::string path;  // relative to the log directory, without "." and ".."
  std::uint64_t inode = 0;
  std::uint64_t length = 0;
  std::uint32_t tail_crc = 0;
  bool operator==(const ListedFile&) const = default;
};

std::string encode_listing(const std::vector<ListedFile>& files);

// "" is a listing of no files. Errors: kCorrupt; kUnsupported for a newer version.
Result<std::vector<ListedFile>> decode_listing(std::string_view bytes);

}  // namespace ox
