#pragma once
// What lies where in a log file, so that a search reads only what may have what it looks for. Kept
// beside the file as `<file>.log.idx`, one name for the log file and whatever it is compressed to.
// Derived data: it may be missing, old, cut or damaged, and whoever reads the log finds the same,
// only slower.
//
// Bound to its file: an index of raw bytes (a plain log file, a seekable .zst) says for how many
// bytes it speaks, and the CRC of the last ones; of a file that has grown since it knows the front.
// An index of a file that can only be read from the front (.gz, .bz2, other .zst) is bound to that
// file's length and the CRC of its last bytes, as they lie.
//
// Format, integers little-endian, floats IEEE 754:
//   offset  bytes  meaning
//        0      4  "OXLI"
//        4      4  version, 1
//        8      -  the filters' pages (token_filter.h), of 1024 bytes each
//        d      n  description, below
//    d + n      8  d
//               4  n
//               4  CRC-32C of the description and the 12 bytes before this
//               4  "OXLI", where the file ends
// Description:
//        1  1: bound to raw bytes; 2: to the file as it lies
//        1  1: the file ends where the last block does
//        8  bytes that the blocks cover, decompressed, from the first
//        4  CRC-32C of them all
//        8  bound length: the bytes covered, or of the file
//        4  CRC-32C of the last 4096 bytes before that (of all, when there are fewer)
//        2  how many types follow: 2 + n each
//        4  how many blocks follow:
//             4  bytes, of whole events
//             4  events
//             8  the least `end` (+infinity when no event has one), f64
//             8  the greatest (-infinity)
//             8  the greatest level, f64; events without one count as 0
//             2  type of all its events: number in the list; 0xffff: they differ; 0xfffe: none
//             4  CRC-32C of all bytes up to its end
//             8  offset of its filter in this file
//             2  pages of it; CRC-32C of each, 4
//             2  counts that follow, 0xffff: too many, not told:
//                  4  15-minute slot of `end` (signed): floor(end / 900); -2^31: no time
//                  2  level (signed): cut to a whole number; -2^15: none
//                  4  events
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/count_slot.h"
#include "common/store/raw_log.h"

namespace ox {

// Larger ones are not read.
inline constexpr std::size_t kMaxIndexDescription = 512 << 20;
// How many bytes before a bound length the CRC covers.
inline constexpr std::uint64_t kIndexTailBytes = 4096;

struct IndexBlock {
  static constexpr std::uint16_t kTypesDiffer = 0xffff;
  static constexpr std::uint16_t kNoType = 0xfffe;

  std::uint64_t offset = 0;  // in the decompressed file
  std::uint32_t length = 0;
  std::uint32_t events = 0;
  double min_end = 0;
  double max_end = 0;
  double max_level = 0;
  std::uint16_t type = kTypesDiffer;
  bool counted = false;  // counts are there
  std::uint32_t crc = 0;
  std::uint64_t filter = 0;
  std::uint32_t first_page = 0;  // in IndexDescription::page_crcs
  std::uint32_t pages = 0;
  std::uint32_t first_count = 0;  // in IndexDescription::counts
  std::uint32_t counts = 0;
  bool operator==(const IndexBlock&) const = default;
};

struct IndexDescription {
  enum class Binding : std::uint8_t { kRaw = 1, kStored = 2 };
  Binding binding = Binding::kRaw;
  bool ended = false;
  std::uint64_t covered = 0;
  std::uint32_t crc = 0;
  std::uint64_t bound_length = 0;
  std::uint32_t bound_crc = 0;
  std::vector<std::string> types;
  std::vector<IndexBlock> blocks;
  std::vector<std::uint32_t> page_crcs;
  std::vector<SlotCount> counts;
  bool operator==(const IndexDescription&) const = default;

  std::span<const SlotCount> counts_of(const IndexBlock& block) const {
    return std::span(counts).subspan(block.first_count, block.counts);
  }
};

std::string encode_index_description(const IndexDescription& description);
// `filters_end`: no filter reaches behind it in the index file. Error: kCorrupt.
Result<IndexDescription> decode_index_description(std::string_view bytes,
                                                  std::uint64_t filters_end);
// What stands behind the description, which begins at `offset`.
std::string encode_index_end(std::string_view description, std::uint64_t offset);
// What stands in front of the filters.
std::string encode_index_head();
inline constexpr std::uint64_t kIndexHeadBytes = 8;

// Where the index of a log file lies.
std::string index_path(const LogFile& file);
// Whether a name is that of an index, or of one that is being written.
bool is_index_name(std::string_view name);

// Removes the index of a log file, and what is left of one that was being made; none is no error.
Status remove_index(FileSystem& fs, const LogFile& file);
// Removes the indexes below a log directory that have no log file any more. Returns how many.
// Error: the directory cannot be listed.
Result<std::size_t> remove_orphaned_indexes(FileSystem& fs, const std::string& directory);

// Threading: one thread.
class LogIndex {
 public:
  // Errors: kNotFound; kCorrupt, kUnsupported, kTooLarge; kIo.
  static Result<LogIndex> load(FileSystem& fs, const std::string& path);

  // Whether it speaks of this file, as far as it covers. Reads a little of the file.
  bool fits(RawLog& raw) const;

  const IndexDescription& description() const { return description_; }
  const std::vector<IndexBlock>& blocks() const { return description_.blocks; }
  // Where the description begins, behind all filters.
  std::uint64_t filters_end() const { return filters_end_; }

  // False: no event of the block has the token. What cannot be read, or is damaged, is true.
  bool may_hold(const IndexBlock& block, std::uint64_t token);

 private:
  std::unique_ptr<File> file_;
  IndexDescription description_;
  std::uint64_t filters_end_ = 0;
};

// CRC-32C of the last kIndexTailBytes before `length` of the raw bytes, or of the file as it lies.
// Nothing when they cannot be read.
std::optional<std::uint32_t> index_tail_crc(RawLog& raw, IndexDescription::Binding binding,
                                            std::uint64_t length);

}  // namespace ox
