#include "common/store/log_compressor.h"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>

#include "common/base/crc32c.h"
#include "common/store/decompressor.h"
#include "common/store/event_splitter.h"
#include "proto/log_name.h"

namespace ox {
namespace {

// A search skips, and a reader in the middle begins at, a frame.
constexpr std::size_t kFrameBytes = 512 << 10;
constexpr std::size_t kPiece = 1 << 20;

std::string compressed_path(const std::string& path) { return path + ".zst"; }
std::string part_path(const std::string& path) { return path + std::string(kPartSuffix); }

Status remove_if_there(FileSystem& fs, const std::string& path) {
  Status status = fs.remove(path);
  return status.code() == Code::kNotFound ? ok_status() : status;
}

// CRC-32C of the first `length` bytes. Error: kCorrupt when there are fewer.
Result<std::uint32_t> crc_of(File& file, std::uint64_t length) {
  std::string piece(kPiece, '\0');
  std::uint32_t crc = 0;
  for (std::uint64_t offset = 0; offset < length;) {
    std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), length - offset));
    OX_ASSIGN_OR_RETURN(std::size_t n, file.read_at(piece.data(), wanted, offset));
    if (n == 0) return Status(Code::kCorrupt, "is shorter than it was");
    crc = crc32c(std::string_view(piece).substr(0, n), crc);
    offset += n;
  }
  return crc;
}

// One compression on its way.
class LogCompression {
 public:
  LogCompression(FileSystem& fs, const std::string& path, const Cutoffs& cutoffs,
                 const std::function<bool()>& go_on)
      : fs_(fs), path_(path), cutoffs_(cutoffs), go_on_(go_on) {
    origin_.cutoffs = cutoffs.latest();
  }

  Result<CompressedLog> run() {
    CompressedLog result;
    result.path = path_;
    OX_ASSIGN_OR_RETURN(auto source, fs_.open(path_, FileSystem::Open::kRead));
    OX_ASSIGN_OR_RETURN(result.source, source->info());
    if (!result.source.is_regular) return Status(Code::kInvalid, "is no regular file").at(path_);
    OX_ASSIGN_OR_RETURN(bool done, take_former());
    if (done) {
      result.done_before = true;
      return result;
    }
    OX_RETURN_IF_ERROR(compress(*source));
    OX_RETURN_IF_ERROR(finish());
    OX_RETURN_IF_ERROR(read_back());
    result.compressed_bytes = written_;
    result.left_out = left_out_;
    return result;
  }

 private:
  Status may_go_on() const {
    if (go_on_ && !go_on_()) return Status(Code::kUnavailable, "was given up");
    return ok_status();
  }

  // Begins with what the .zst has. True when that has all of the log file.
  Result<bool> take_former() {
    const std::string former_path = compressed_path(path_);
    auto former = fs_.open(former_path, FileSystem::Open::kRead);
    bool there = former.ok();
    if (!there && former.status().code() != Code::kNotFound) return former.status();
    std::optional<SeekableIndex> index;
    if (there) {
      OX_ASSIGN_OR_RETURN(bool covered, covers(fs_, former_path, path_));
      if (covered) return true;
      auto read = read_seekable_index(**former);
      if (!read.ok()) return read.status().at(former_path);
      index = std::move(*read);
      if (!index)
        return Status(Code::kInvalid, "has no seek table: oxd did not make it, and appends nothing")
            .at(former_path);
    }
    OX_RETURN_IF_ERROR(remove_if_there(fs_, part_path(path_)));
    OX_ASSIGN_OR_RETURN(part_, fs_.open(part_path(path_), FileSystem::Open::kCreate));
    if (index) OX_RETURN_IF_ERROR(copy_former(**former, *index));
    source_at_ = raw_bytes_;
    return false;
  }

  // Frame by frame. One without anything hidden stays as it is, and so does one that cannot be
  // read.
  Status copy_former(File& former, const SeekableIndex& index) {
    hidden_ = hidden_in(Compression::kZstd);
    for (const SeekableFrame& frame : index.frames) {
      auto packed = read_up_to(former, frame.offset, frame.size);
      if (!packed.ok()) return packed.status();
      if (packed->size() < frame.size) return Status(Code::kCorrupt, "was cut").at(path_);
      auto kept = what_is_kept(*packed, frame);
      if (kept) {
        OX_RETURN_IF_ERROR(add_frame(*kept));
      } else {
        note_frame(frame.size, frame.raw_size);
        raw_bytes_ += frame.raw_size;
        OX_RETURN_IF_ERROR(append(*packed));
      }
      OX_RETURN_IF_ERROR(may_go_on());
    }
    return ok_status();
  }

  FileCutoffs hidden_in(Compression compression) const {
    auto name = parse_log_file_name(base_name(path_));
    if (!name) return {};
    LogFile file;
    file.path = compression == Compression::kNone ? path_ : compressed_path(path_);
    file.type = name->type;
    file.start = name->start;
    file.compression = compression;
    return cutoffs_.of(fs_, file);
  }

  // The bytes of a frame without the events that are hidden; nothing when it has none.
  std::optional<std::string> what_is_kept(std::string_view packed, const SeekableFrame& frame) {
    if (hidden_.empty() || frame.raw_size == 0) return std::nullopt;
    auto raw = decompress_frame(packed, frame.raw_size);
    if (!raw.ok()) return std::nullopt;
    std::string kept;
    std::uint64_t left_out = 0;
    for (std::string_view rest = *raw; !rest.empty();) {
      EventSlices slices;
      const std::size_t size = walk_event(rest, slices);
      if (size == 0) {  // no event: it is kept as it is
        kept += rest;
        break;
      }
      if (hidden_.hides(slices, frame.raw_offset + raw->size() - rest.size())) {
        ++left_out;
      } else {
        kept += rest.substr(0, size);
      }
      rest.remove_prefix(size);
    }
    if (left_out == 0) return std::nullopt;
    left_out_ += left_out;
    return kept;
  }

  Status append(std::string_view bytes) {
    OX_RETURN_IF_ERROR(write_all(*part_, bytes, written_));
    written_ += bytes.size();
    return ok_status();
  }

  // Frames end behind whole events, as far as the file has whole events.
  Status compress(File& source) {
    hidden_ = hidden_in(Compression::kNone);
    EventSplitter splitter;
    std::uint64_t offset = 0;
    bool at_end = false;
    while (!at_end) {
      std::span<char> room = splitter.room();
      OX_ASSIGN_OR_RETURN(std::size_t n, source.read_at(room.data(), room.size(), offset));
      splitter.commit(n);
      offset += n;
      at_end = n == 0;
      std::string_view event;
      while (true) {
        auto found = splitter.next(event);
        if (found == EventSplitter::Next::kDamaged) at_end = true;
        if (found != EventSplitter::Next::kEvent) break;
        note_source(event);
        if (!hidden_.empty() &&
            hidden_.hides(EventSlices::of(event), splitter.offset() - event.size())) {
          ++left_out_;
        } else {
          OX_RETURN_IF_ERROR(add(event));
        }
      }
      OX_RETURN_IF_ERROR(may_go_on());
    }
    // Bytes that are no events are kept as they are.
    for (std::uint64_t rest = splitter.offset();;) {
      OX_ASSIGN_OR_RETURN(std::string piece, read_up_to(source, rest, kPiece));
      if (piece.empty()) break;
      note_source(piece);
      OX_RETURN_IF_ERROR(add(piece));
      rest += piece.size();
      OX_RETURN_IF_ERROR(may_go_on());
    }
    return flush_frame();
  }

  void note_source(std::string_view bytes) {
    origin_.crc = crc32c(bytes, origin_.crc);
    origin_.length += bytes.size();
  }

  Status add(std::string_view bytes) {
    if (!frame_.empty() && frame_.size() + bytes.size() > kFrameBytes)
      OX_RETURN_IF_ERROR(flush_frame());
    frame_ += bytes;
    return ok_status();
  }

  Status flush_frame() {
    Status status = add_frame(frame_);
    added_.crc = crc32c(frame_, added_.crc);
    added_.length += frame_.size();
    frame_.clear();
    return status;
  }

  Status add_frame(std::string_view raw) {
    if (raw.empty()) return ok_status();
    OX_ASSIGN_OR_RETURN(std::string packed, compressor_.compress(raw));
    note_frame(packed.size(), raw.size());
    raw_bytes_ += raw.size();
    return append(packed);
  }

  void note_frame(std::size_t size, std::size_t raw_size) {
    frames_.push_back({.size = static_cast<std::uint32_t>(size),
                       .raw_size = static_cast<std::uint32_t>(raw_size)});
  }

  Status finish() {
    std::string origin = encode_origin(origin_);
    note_frame(origin.size(), 0);
    OX_RETURN_IF_ERROR(append(origin));
    OX_RETURN_IF_ERROR(append(encode_seek_table(frames_)));
    return part_->sync_data();
  }

  // What this run has added, decompressed, is what the log file held, without what is left out.
  Status read_back() {
    auto source = make_decompressor(Compression::kZstd, make_file_source(std::move(part_)));
    std::string piece(kPiece, '\0');
    std::uint64_t at = 0;
    LogOrigin found;  // behind what the .zst held before
    while (true) {
      auto n = source->read(piece.data(), piece.size());
      if (!n.ok()) return n.status().at(part_path(path_));
      if (*n == 0) break;
      std::string_view bytes = std::string_view(piece).substr(0, *n);
      std::uint64_t skipped = at < source_at_ ? std::min<std::uint64_t>(source_at_ - at, *n) : 0;
      at += *n;
      bytes.remove_prefix(static_cast<std::size_t>(skipped));
      found.crc = crc32c(bytes, found.crc);
      found.length += bytes.size();
      OX_RETURN_IF_ERROR(may_go_on());
    }
    if (found == added_) return ok_status();
    return Status(Code::kCorrupt, "reads back otherwise than it was written").at(part_path(path_));
  }

  FileSystem& fs_;
  const std::string& path_;
  const Cutoffs& cutoffs_;
  const std::function<bool()>& go_on_;
  FileCutoffs hidden_;  // of the file that is being read
  std::unique_ptr<File> part_;
  FrameCompressor compressor_;
  std::vector<SeekableFrame> frames_;
  std::string frame_;
  LogOrigin origin_;  // the log file
  LogOrigin added_;   // what of it is in the frames
  std::uint64_t left_out_ = 0;
  std::uint64_t written_ = 0;    // bytes of the part file
  std::uint64_t raw_bytes_ = 0;  // in its frames
  std::uint64_t source_at_ = 0;  // where the log file begins in these
};

}  // namespace

Result<CompressedLog> compress_log(FileSystem& fs, const std::string& path, const Cutoffs& cutoffs,
                                   const std::function<bool()>& go_on) {
  auto result = LogCompression(fs, path, cutoffs, go_on).run();
  if (!result.ok()) (void)remove_if_there(fs, part_path(path));
  return result;
}

Status install_compressed(FileSystem& fs, const CompressedLog& compressed) {
  const std::string directory = directory_of(compressed.path);
  auto now = fs.info(compressed.path);
  if (!now.ok() || now->id != compressed.source.id || now->size != compressed.source.size ||
      now->modified != compressed.source.modified) {
    (void)remove_if_there(fs, part_path(compressed.path));
    return Status(Code::kUnavailable, "has changed while it was compressed").at(compressed.path);
  }
  if (!compressed.done_before) {
    OX_RETURN_IF_ERROR(fs.rename(part_path(compressed.path), compressed_path(compressed.path)));
    OX_RETURN_IF_ERROR(fs.sync_directory(directory));
  }
  OX_RETURN_IF_ERROR(fs.remove(compressed.path));
  return fs.sync_directory(directory);
}

void discard_compressed(FileSystem& fs, const CompressedLog& compressed) {
  (void)remove_if_there(fs, part_path(compressed.path));
}

Result<bool> covers(FileSystem& fs, const std::string& compressed_path,
                    const std::string& log_path) {
  OX_ASSIGN_OR_RETURN(auto compressed, fs.open(compressed_path, FileSystem::Open::kReadFollow));
  auto index = read_seekable_index(*compressed);
  if (!index.ok()) return index.status().at(compressed_path);
  if (!*index || !(*index)->origin) return false;
  const LogOrigin& origin = *(*index)->origin;
  OX_ASSIGN_OR_RETURN(auto log, fs.open(log_path, FileSystem::Open::kReadFollow));
  OX_ASSIGN_OR_RETURN(FileInfo info, log->info());
  if (info.size != origin.length) return false;
  auto crc = crc_of(*log, origin.length);
  if (!crc.ok()) return crc.status().at(log_path);
  return *crc == origin.crc;
}

Status finish_compressions(FileSystem& fs, const std::string& directory) {
  OX_ASSIGN_OR_RETURN(auto top, fs.list(directory));
  std::vector<std::string> directories = {directory};
  for (const DirectoryEntry& entry : top)
    if (entry.is_directory && !entry.name.starts_with('.'))
      directories.push_back(join_path(directory, entry.name));
  for (const std::string& each : directories) {
    OX_ASSIGN_OR_RETURN(auto entries, fs.list(each));
    std::set<std::string> names;
    for (const DirectoryEntry& entry : entries)
      if (!entry.is_directory) names.insert(entry.name);
    bool changed = false;
    for (const std::string& name : names) {
      bool part = name.ends_with(kPartSuffix);
      if (!part) {
        if (!names.contains(compressed_path(name)) || !parse_log_file_name(name)) continue;
        auto covered = covers(fs, join_path(each, compressed_path(name)), join_path(each, name));
        // Damaged: readers say so, and this is not the place to decide anything.
        if (!covered.ok() || !*covered) continue;
      }
      OX_RETURN_IF_ERROR(remove_if_there(fs, join_path(each, name)));
      changed = true;
    }
    if (changed) OX_RETURN_IF_ERROR(fs.sync_directory(each));
  }
  return ok_status();
}

}  // namespace ox
