#pragma once
// Segment files: the disk form of the spool's log of batches. Byte tables in docs/spool.md.
//
// A segment is a 64-byte header and then records, one after the other. A record is a 36-byte frame
// (sync marker, position, time of acceptance, length, CRC) and a batch exactly as it travels on the
// link. A position is a byte offset in the endless log of frames and batches, headers not counted:
// the record at position p of the segment with base b begins 64 + p - b bytes into the file. Every
// frame carries its own position, so that bytes of some other place are never taken for a record: nor
// are those that a segment leaves behind when its file becomes another segment's.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/uuid.h"
#include "proto/batch.h"

namespace ox {

using Position = std::uint64_t;

inline constexpr std::size_t kSegmentHeaderSize = 64;
inline constexpr std::size_t kRecordFrameSize = 36;

struct SpoolRecord {
  Position position = 0;   // of its frame
  Position end = 0;        // of the record behind it
  WallTime accepted_at{};  // when this node took it: decides which log file its events go to
  BatchPtr batch;
};

// What a batch takes in the log, in memory and on disk alike.
inline Position record_size(const Batch& batch) { return kRecordFrameSize + batch.bytes().size(); }

// What stands in the first kSegmentHeaderSize bytes of a segment.
struct SegmentHeader {
  Uuid spool_id;
  Position base = 0;                // of the first record
  WallTime created_at{};            // when that record was accepted
  std::uint64_t events_before = 0;  // in all records of the spool before `base`
  // Of a file that was another segment before: its size then. Bytes before this that are no record are what is left of
  // that segment. 0: a new file.
  std::uint64_t former_size = 0;
};

// "00000000000067108864.seg" and back.
std::string segment_name(Position base);
std::optional<Position> parse_segment_name(const std::string& name);
// "spare-00000000000067108864": that segment's file, which holds nothing any more that is needed.
std::string spare_name(Position base);
bool is_spare_name(const std::string& name);

// Bytes of a segment that are no record: copied aside before they are passed over.
struct DamagedRange {
  std::string segment;  // path
  std::uint64_t file_offset = 0;
  std::uint64_t length = 0;
  std::string reason;
};

// Appends to one segment. Threading: one thread.
// Durability: append_unsynced() reaches the page cache; only sync() makes it safe. Until then a power cut may leave any
//             of a record's pages as they were, with zeros or with what a former segment had there: its CRC tells.
class SegmentWriter {
 public:
  // Creates the file with its header, and syncs both it and `directory`. After an error there is no
  // such file. Errors: kNoSpace may be tried again, others must not.
  static Result<std::unique_ptr<SegmentWriter>> create(FileSystem& fs, const std::string& directory,
                                                       const SegmentHeader& header);
  // As create(), but over the file of a former segment, whose name `spare` is synced. What it holds is not touched, so
  // that its blocks and pages need not be made again. tests/bench/core.py, "link -> collector": a third of what the
  // intake takes. Errors: kNotFound when there is no such file; those of create(), with no file left under either name.
  static Result<std::unique_ptr<SegmentWriter>> reuse(FileSystem& fs, const std::string& directory,
                                                      SegmentHeader header,
                                                      const std::string& spare);
  // Goes on behind the last good record of an existing segment: cuts it to `end` first, so that nothing of a former
  // segment is left (former_size becomes 0), and syncs. Errors: kNotFound, kIo; kCorrupt and kUnsupported for a header
  // that cannot be read, as SegmentReader::open().
  static Result<std::unique_ptr<SegmentWriter>> resume(FileSystem& fs, const std::string& directory,
                                                       Position base, Position end);

  // Appends the record, whose position must be end(), or nothing: after an error the file is cut to
  // its former end. Errors: kNoSpace may be tried again, kIo must not.
  Status append_unsynced(const SpoolRecord& record);
  // fdatasync. After an error, kIo whatever the disk said, nothing is known: the segment must not be
  // used any more.
  Status sync();

  Position base() const { return base_; }
  Position end() const { return end_; }

 private:
  SegmentWriter(std::unique_ptr<File> file, Position base, Position end,
                std::uint64_t former_size = 0)
      : file_(std::move(file)), base_(base), end_(end), former_size_(former_size) {}

  static Status begin(FileSystem& fs, const std::string& directory, File& file,
                      const SegmentHeader& header, const std::string& spare);

  std::unique_ptr<File> file_;
  Position base_;
  Position end_;
  const std::uint64_t former_size_;  // as in the header
  EarlyWriteback writeback_;
};

// Puts a new header over a damaged one, and syncs it. The records behind it are not touched.
Status rewrite_segment_header(FileSystem& fs, const std::string& path, const SegmentHeader& header);

// Reads records of one segment in order, in chunks of nearly 1 MiB. Batches share the chunk they came
// in, which lives as long as any of them. Threading: one thread.
class SegmentReader {
 public:
  // Errors: kNotFound, kIo; kCorrupt for a bad header, kUnsupported for a newer format.
  static Result<std::unique_ptr<SegmentReader>> open(FileSystem& fs, const std::string& path);

  // For a segment whose header is damaged: what `base` says is taken for true, the rest of header()
  // stays empty. Errors: kNotFound, kIo.
  static Result<std::unique_ptr<SegmentReader>> open_headless(FileSystem& fs,
                                                              const std::string& path,
                                                              Position base);

  const SegmentHeader& header() const { return header_; }
  Position base() const { return header_.base; }
  // Behind the last byte of the file as it is now. Error: kIo.
  Result<Position> file_end();
  // The position behind the last record returned, or of the seek.
  Position position() const { return position_; }
  // `position` is that of a record (or the end): the next next() returns the record there.
  void seek(Position position) { position_ = position; }

  // The next good record before `limit`, or nothing at the end of what can be read. Damaged bytes
  // in between are passed over and, when `damage` is given, told there; position() stays in front
  // of those that no good record follows. Error: kIo.
  Result<std::optional<SpoolRecord>> next(Position limit, DamagedRange* damage = nullptr);
  // True when what stands at position() is a record whose append was cut off by the end of the file, or is not done, and
  // not damage.
  Result<bool> at_unfinished_record();
  // True when what stands at position() is no record of this segment, but left of what the file held before, or of an
  // append over that which was cut off, or is not done.
  Result<bool> at_former_bytes();

 private:
  SegmentReader(std::unique_ptr<File> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  enum class Parse { kRecord, kBad, kEnd };
  Parse parse_at(Position at, Position limit, SpoolRecord& out, Status& error, std::string& reason);
  // The bytes of [at, at+size), fewer at the end of the file.
  Result<std::string_view> bytes_at(Position at, std::size_t size);
  Result<std::optional<Position>> find_next_record(Position from, Position limit);

  std::unique_ptr<File> file_;
  std::string path_;
  SegmentHeader header_;
  Position position_ = 0;
  Position read_limit_ = 0;  // bytes from here on may still change: they are not kept in chunk_
  std::shared_ptr<char[]> chunk_;
  std::size_t chunk_size_ = 0;
  Position chunk_at_ = 0;
};

}  // namespace ox
