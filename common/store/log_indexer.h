#pragma once
// Makes, and brings up to date, the index beside a log file (log_index.h). Nothing is synced: what
// a crash leaves of an index is known by its CRCs to be none, and made again.
#include <cstdint>
#include <functional>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/log_reader.h"

namespace ox {

// Files with fewer bytes are read as fast without one.
inline constexpr std::uint64_t kLeastIndexedBytes = 64 << 10;
// A block has as many bytes, or one event more than that. log_compressor.cc makes its frames by the
// same rule, so that a block is a frame.
inline constexpr std::size_t kIndexBlockBytes = 512 << 10;
// Of the filter of a block.
inline constexpr double kMostFilterShare = 0.04;

struct IndexedLog {
  bool changed = false;           // an index was written
  std::uint64_t covered = 0;      // bytes of whole events that the index has, decompressed
  std::uint64_t read_bytes = 0;   // for that
  std::uint64_t index_bytes = 0;  // of the index file
};

// An index that fits the file is gone on with where it ends; `again` makes a new one all the same.
// A log file may be written meanwhile. Asks `go_on` for every block, and stops when that says
// false: with an index of what was read so far, where the file can be read from the middle.
// Threading: any; two at the same file make an index that is of no use, at worst.
// Errors: kNotFound, kIo, kNoSpace; kCorrupt (compressed data; an index of what comes before is
// made).
Result<IndexedLog> index_log(FileSystem& fs, const LogFile& file,
                             const std::function<bool()>& go_on, bool again = false);

}  // namespace ox
