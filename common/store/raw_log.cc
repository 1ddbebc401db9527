#include "common/store/raw_log.h"

#include <algorithm>

namespace ox {
namespace {

// oxd's frames are of whole events, which are not larger. A file with a larger one is read as a
// stream.
constexpr std::uint32_t kLargestFrame = 128 << 20;
constexpr std::size_t kDiscardBytes = 256 << 10;

}  // namespace

RawLog::RawLog() = default;
RawLog::RawLog(RawLog&&) noexcept = default;
RawLog& RawLog::operator=(RawLog&&) noexcept = default;
RawLog::~RawLog() = default;

Result<RawLog> RawLog::open(FileSystem& fs, const LogFile& file) {
  RawLog raw;
  raw.fs_ = &fs;
  raw.path_ = file.path;
  raw.compression_ = file.compression;
  OX_ASSIGN_OR_RETURN(raw.file_, fs.open(file.path, FileSystem::Open::kReadFollow));
  auto info = raw.file_->info();
  if (!info.ok()) return info.status().at(file.path);
  raw.stored_size_ = info->size;
  raw.streams_ = file.compression != Compression::kNone;
  if (!raw.streams_) raw.size_ = info->size;
  if (file.compression == Compression::kZstd) {
    // A table that is damaged leaves a file that can be read from the front.
    auto frames = read_seekable_index(*raw.file_);
    const bool usable =
        frames.ok() && *frames &&
        std::all_of((*frames)->frames.begin(), (*frames)->frames.end(),
                    [](const SeekableFrame& frame) { return frame.raw_size <= kLargestFrame; });
    if (usable) {
      raw.frames_ = std::make_unique<SeekableIndex>(std::move(**frames));
      raw.size_ = raw.frames_->raw_bytes;
      raw.frame_reader_ = std::make_unique<FrameReader>(*raw.file_, *raw.frames_);
      raw.streams_ = false;
    }
  }
  return raw;
}

Status RawLog::read(char* out, std::size_t size, std::uint64_t offset, std::size_t& filled) {
  filled = 0;
  if (frame_reader_ != nullptr) return frame_reader_->read(out, size, offset, filled);
  return streams_ ? read_stream(out, size, offset, filled) : read_plain(out, size, offset, filled);
}

Status RawLog::read_plain(char* out, std::size_t size, std::uint64_t offset, std::size_t& filled) {
  while (filled < size) {
    OX_ASSIGN_OR_RETURN(std::size_t n,
                        file_->read_at(out + filled, size - filled, offset + filled));
    if (n == 0) break;
    filled += n;
  }
  return ok_status();
}

Status RawLog::restart() {
  OX_ASSIGN_OR_RETURN(auto file, fs_->open(path_, FileSystem::Open::kReadFollow));
  stream_ = make_decompressor(compression_, make_file_source(std::move(file)));
  stream_at_ = 0;
  return ok_status();
}

Status RawLog::read_stream(char* out, std::size_t size, std::uint64_t offset, std::size_t& filled) {
  if (stream_ == nullptr || offset < stream_at_) OX_RETURN_IF_ERROR(restart());
  std::string discarded;
  while (stream_at_ < offset) {
    discarded.resize(kDiscardBytes);
    const auto n = std::min<std::uint64_t>(discarded.size(), offset - stream_at_);
    OX_ASSIGN_OR_RETURN(std::size_t got,
                        stream_->read(discarded.data(), static_cast<std::size_t>(n)));
    if (got == 0) return ok_status();
    stream_at_ += got;
  }
  while (filled < size) {
    OX_ASSIGN_OR_RETURN(std::size_t n, stream_->read(out + filled, size - filled));
    if (n == 0) break;
    filled += n;
    stream_at_ += n;
  }
  return ok_status();
}

}  // namespace ox
