#include "common/spool/segment.h"

#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

constexpr std::string_view kSegmentMagic = "OXSEGMNT";
constexpr std::string_view kSparePrefix = "spare-";
constexpr std::uint32_t kSegmentVersion = 1;
// Like PNG's signature: bytes that text, zeros and truncated copies do not contain by accident.
constexpr std::string_view kRecordMagic{"\x89OXR\r\n\x1a\n", 8};
// Just short of what heap.h lets go back to the kernel each time.
constexpr std::size_t kChunk = (1 << 20) - 4096;

constexpr std::size_t kHeaderCrcAt = 8;  // the CRC covers everything behind itself
constexpr std::size_t kHeaderCrcFrom = 12;

std::string encode_segment_header(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  append_le(out, std::uint32_t{0});  // CRC, filled in below
  append_le(out, kSegmentVersion);
  out.append(header.spool_id.view());
  append_le(out, header.base);
  append_le(out, static_cast<std::int64_t>(header.created_at.count()));
  append_le(out, header.events_before);
  append_le(out, header.former_size);
  OX_CHECK(out.size() == kSegmentHeaderSize);
  store_le(out.data() + kHeaderCrcAt, crc32c(std::string_view(out).substr(kHeaderCrcFrom)));
  return out;
}

// Errors: kCorrupt, kUnsupported.
Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderSize || !bytes.starts_with(kSegmentMagic))
    return Status(Code::kCorrupt, "not a segment header");
  if (load_le<std::uint32_t>(bytes.data() + kHeaderCrcAt) != crc32c(bytes.substr(kHeaderCrcFrom)))
    return Status(Code::kCorrupt, "the segment header's CRC is wrong");
  ByteReader fields(bytes.substr(kHeaderCrcFrom));
  auto version = fields.le<std::uint32_t>();
  if (version != kSegmentVersion)
    return Status(Code::kUnsupported,
                  fmt::format("segment format {} is newer than this program", version));
  SegmentHeader header;
  header.spool_id = Uuid::from_bytes(fields.take(16));
  header.base = fields.le<Position>();
  header.created_at = WallTime(fields.le<std::int64_t>());
  header.events_before = fields.le<std::uint64_t>();
  header.former_size = fields.le<std::uint64_t>();
  return header;
}

void encode_frame(const SpoolRecord& record, char* out) {
  std::memcpy(out, kRecordMagic.data(), 8);
  store_le(out + 8, record.position);
  store_le(out + 16, static_cast<std::int64_t>(record.accepted_at.count()));
  store_le(out + 24, static_cast<std::uint32_t>(record.batch->bytes().size()));
  store_le(out + 28, std::uint32_t{0});  // flags: none yet
  store_le(out + 32, crc32c({out, 32}));
}

struct Frame {
  Position position;
  WallTime accepted_at;
  std::uint32_t length;
};

bool decode_frame(std::string_view bytes, Frame& out) {
  if (bytes.size() < kRecordFrameSize || !bytes.starts_with(kRecordMagic)) return false;
  if (load_le<std::uint32_t>(bytes.data() + 32) != crc32c(bytes.substr(0, 32))) return false;
  out.position = load_le<Position>(bytes.data() + 8);
  out.accepted_at = WallTime(load_le<std::int64_t>(bytes.data() + 16));
  out.length = load_le<std::uint32_t>(bytes.data() + 24);
  return true;
}

}  // namespace

std::string segment_name(Position base) { return fmt::format("{:020}.seg", base); }

std::optional<Position> parse_segment_name(const std::string& name) {
  if (name.size() != 24 || !name.ends_with(".seg")) return std::nullopt;
  Position base = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + 20, base);
  if (error != std::errc() || end != name.data() + 20) return std::nullopt;
  return base;
}

std::string spare_name(Position base) { return fmt::format("{}{:020}", kSparePrefix, base); }

bool is_spare_name(const std::string& name) { return name.starts_with(kSparePrefix); }

// The header of `file`, which has the name `spare` or, when that is "", its own already.
Status SegmentWriter::begin(FileSystem& fs, const std::string& directory, File& file,
                            const SegmentHeader& header, const std::string& spare) {
  const std::string path = join_path(directory, segment_name(header.base));
  Status status = write_all(file, encode_segment_header(header), 0);
  if (status.ok()) {
    status = file.sync_data();
    if (status.ok() && !spare.empty()) status = fs.rename(spare, path);
    if (status.ok()) status = fs.sync_directory(directory);
    // Even a disk that is only full has now failed an fsync, which must not be tried again.
    if (!status.ok()) status = Status(Code::kIo, status.message());
  }
  if (!status.ok()) {
    // Without its header the file is nothing: a later try under the same name must find it gone.
    if (!spare.empty()) (void)fs.remove(spare);
    (void)fs.remove(path);
  }
  return status;
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::create(FileSystem& fs,
                                                             const std::string& directory,
                                                             const SegmentHeader& header) {
  std::string path = join_path(directory, segment_name(header.base));
  OX_ASSIGN_OR_RETURN(auto file, fs.open(path, FileSystem::Open::kCreate));
  OX_RETURN_IF_ERROR(begin(fs, directory, *file, header, ""));
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), header.base, header.base));
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::reuse(FileSystem& fs,
                                                            const std::string& directory,
                                                            SegmentHeader header,
                                                            const std::string& spare) {
  OX_ASSIGN_OR_RETURN(auto file, fs.open(spare, FileSystem::Open::kWrite));
  OX_ASSIGN_OR_RETURN(FileInfo info, file->info());
  header.former_size = info.size;
  OX_RETURN_IF_ERROR(begin(fs, directory, *file, header, spare));
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), header.base, header.base, header.former_size));
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::resume(FileSystem& fs,
                                                             const std::string& directory,
                                                             Position base, Position end) {
  OX_ASSIGN_OR_RETURN(auto file,
                      fs.open(join_path(directory, segment_name(base)), FileSystem::Open::kWrite));
  OX_RETURN_IF_ERROR(file->truncate(kSegmentHeaderSize + (end - base)));
  OX_ASSIGN_OR_RETURN(std::string head, read_up_to(*file, 0, kSegmentHeaderSize));
  OX_ASSIGN_OR_RETURN(SegmentHeader header, decode_segment_header(head));
  if (std::exchange(header.former_size, 0) != 0)  // nothing is left of that
    OX_RETURN_IF_ERROR(write_all(*file, encode_segment_header(header), 0));
  // What was read may have been in the page cache only: make it so on the disk before it is used.
  OX_RETURN_IF_ERROR(file->sync_data());
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(file), base, end));
}

Status SegmentWriter::append_unsynced(const SpoolRecord& record) {
  OX_CHECK(record.position == end_);
  char frame[kRecordFrameSize];
  encode_frame(record, frame);
  std::string_view parts[] = {{frame, kRecordFrameSize}, record.batch->bytes()};
  std::uint64_t offset = kSegmentHeaderSize + (end_ - base_);
  Status status;
  if (offset < former_size_) {
    // The end of the file does not tell an append that was cut off: what follows the frame does not make sense without
    // it, and is written first.
    status = write_all(*file_, parts[1], offset + kRecordFrameSize);
    if (status.ok()) status = write_all(*file_, parts[0], offset);
  } else {
    status = write_all(*file_, parts, offset);
  }
  if (!status.ok()) {
    // A half-written record would be cut at the next start anyway; cut it now so that a later try
    // writes to the same place. When even that fails the segment cannot be trusted.
    Status cut = file_->truncate(offset);
    if (!cut.ok()) return Status(Code::kIo, "after a failed write: " + cut.message());
    return status;
  }
  end_ = record.end;
  writeback_.written(*file_, kSegmentHeaderSize + (end_ - base_));
  return ok_status();
}

Status SegmentWriter::sync() {
  Status status = file_->sync_data();
  writeback_.begin(kSegmentHeaderSize + (end_ - base_));
  // kNoSpace would be tried again, and a sync that has failed must not be.
  return status.ok() ? status : Status(Code::kIo, status.message());
}

Status rewrite_segment_header(FileSystem& fs, const std::string& path,
                              const SegmentHeader& header) {
  OX_ASSIGN_OR_RETURN(auto file, fs.open(path, FileSystem::Open::kWrite));
  OX_RETURN_IF_ERROR(write_all(*file, encode_segment_header(header), 0));
  return file->sync_data();
}

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(FileSystem& fs,
                                                           const std::string& path) {
  OX_ASSIGN_OR_RETURN(auto file, fs.open(path, FileSystem::Open::kRead));
  std::unique_ptr<SegmentReader> reader(new SegmentReader(std::move(file), path));
  OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(*reader->file_, 0, kSegmentHeaderSize));
  auto header = decode_segment_header(bytes);
  if (!header.ok()) return header.status().at(path);
  reader->header_ = *header;
  reader->seek(header->base);
  return reader;
}

Result<std::unique_ptr<SegmentReader>> SegmentReader::open_headless(FileSystem& fs,
                                                                    const std::string& path,
                                                                    Position base) {
  OX_ASSIGN_OR_RETURN(auto file, fs.open(path, FileSystem::Open::kRead));
  std::unique_ptr<SegmentReader> reader(new SegmentReader(std::move(file), path));
  reader->header_.base = base;
  reader->seek(base);
  return reader;
}

Result<Position> SegmentReader::file_end() {
  OX_ASSIGN_OR_RETURN(FileInfo info, file_->info());
  return base() + (info.size - std::min<std::uint64_t>(info.size, kSegmentHeaderSize));
}

Result<std::string_view> SegmentReader::bytes_at(Position at, std::size_t size) {
  if (at < chunk_at_ || at + size > chunk_at_ + chunk_size_) {
    if (at >= read_limit_) return std::string_view();
    std::size_t want = std::max(size, kChunk);
    want = static_cast<std::size_t>(std::min<Position>(want, read_limit_ - at));
    chunk_size_ = 0;
    chunk_ = std::make_shared_for_overwrite<char[]>(want);
    OX_ASSIGN_OR_RETURN(chunk_size_,
                        read_up_to(*file_, kSegmentHeaderSize + (at - base()), chunk_.get(), want));
    chunk_at_ = at;
  }
  return std::string_view(chunk_.get(), chunk_size_).substr(at - chunk_at_, size);
}

SegmentReader::Parse SegmentReader::parse_at(Position at, Position limit, SpoolRecord& out,
                                             Status& error, std::string& reason) {
  if (at >= limit) return Parse::kEnd;
  auto head = bytes_at(at, kRecordFrameSize);
  if (!head.ok()) {
    error = head.status();
    return Parse::kBad;
  }
  if (head->empty()) return Parse::kEnd;
  Frame frame{};
  if (!decode_frame(*head, frame) || frame.position != at) {
    reason = "no record frame";
    return Parse::kBad;
  }
  if (frame.length > kMaxBatchBytes) {
    reason = "a record longer than any batch";
    return Parse::kBad;
  }
  auto body = bytes_at(at + kRecordFrameSize, frame.length);
  if (!body.ok()) {
    error = body.status();
    return Parse::kBad;
  }
  if (body->size() < frame.length) {
    reason = "the record is cut short";
    return Parse::kBad;
  }
  BatchError batch_error = BatchError::kNone;
  out.batch = Batch::open(chunk_, *body, batch_error, &reason);
  if (out.batch == nullptr) return Parse::kBad;
  out.position = at;
  out.end = at + kRecordFrameSize + frame.length;
  out.accepted_at = frame.accepted_at;
  return Parse::kRecord;
}

Result<std::optional<Position>> SegmentReader::find_next_record(Position from, Position limit) {
  Position at = from;
  while (at < limit) {
    OX_ASSIGN_OR_RETURN(std::string_view window, bytes_at(at, kChunk));
    if (window.size() < kRecordFrameSize) return std::optional<Position>();
    std::size_t found = window.find(kRecordMagic);
    while (found != std::string_view::npos && found + kRecordFrameSize <= window.size()) {
      Frame frame{};
      if (decode_frame(window.substr(found), frame) && frame.position == at + found &&
          at + found < limit)
        return std::optional<Position>(at + found);
      found = window.find(kRecordMagic, found + 1);
    }
    if (window.size() < kChunk) return std::optional<Position>();
    at += window.size() - kRecordFrameSize + 1;  // a frame may straddle two windows
  }
  return std::optional<Position>();
}

Result<std::optional<SpoolRecord>> SegmentReader::next(Position limit, DamagedRange* damage) {
  read_limit_ = limit;
  SpoolRecord record;
  Status error;
  std::string reason;
  Position at = position_;
  Parse parse = parse_at(at, limit, record, error, reason);
  std::string first_reason = reason;
  bool read_again = false;
  while (parse == Parse::kBad) {
    if (!error.ok()) return error.at(path_);
    OX_ASSIGN_OR_RETURN(std::optional<Position> candidate, find_next_record(at + 1, limit));
    if (!candidate) return std::optional<SpoolRecord>();
    // Both may have been appended since the bytes here were read.
    if (!std::exchange(read_again, true))
      chunk_size_ = 0;
    else
      at = *candidate;
    parse = parse_at(at, limit, record, error, reason);
  }
  if (parse == Parse::kEnd) return std::optional<SpoolRecord>();
  if (at != position_ && damage != nullptr)
    *damage = {path_, kSegmentHeaderSize + (position_ - base()), at - position_, first_reason};
  position_ = record.end;
  return std::optional<SpoolRecord>(std::move(record));
}

Result<bool> SegmentReader::at_unfinished_record() {
  OX_ASSIGN_OR_RETURN(read_limit_, file_end());
  OX_ASSIGN_OR_RETURN(std::string_view head, bytes_at(position_, kRecordFrameSize));
  if (head.empty()) return false;
  if (head.size() < kRecordFrameSize) return kRecordMagic.starts_with(head.substr(0, 8));
  Frame frame{};
  return decode_frame(head, frame) && frame.position == position_ &&
         position_ + kRecordFrameSize + frame.length > read_limit_;
}

Result<bool> SegmentReader::at_former_bytes() {
  if (kSegmentHeaderSize + (position_ - base()) >= header_.former_size) return false;
  OX_ASSIGN_OR_RETURN(read_limit_, file_end());
  OX_ASSIGN_OR_RETURN(std::string_view head, bytes_at(position_, kRecordFrameSize));
  Frame frame{};
  return !decode_frame(head, frame) || frame.position != position_;
}

}  // namespace ox
