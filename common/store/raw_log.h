#pragma once
// The bytes of a log file from any place, decompressed. Plain files and seekable .zst
// (seekable_zstd.h) are read from the middle; others from the front, again when need be.
// Threading: one thread. Bounds: those of FrameReader.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/decompressor.h"
#include "common/store/frame_reader.h"
#include "common/store/log_reader.h"
#include "common/store/seekable_zstd.h"

namespace ox {

class RawLog {
 public:
  // Errors: kIo, kNotFound; both name the file.
  static Result<RawLog> open(FileSystem& fs, const LogFile& file);
  RawLog(RawLog&&) noexcept;
  RawLog& operator=(RawLog&&) noexcept;
  ~RawLog();

  // False: what lies before the place that is read is read as well, unless reading goes on where it
  // ended.
  bool random_access() const { return !streams_; }
  // Fills `out` as far as there are bytes. After an error, or behind the end, it may have filled
  // some of it: `filled` says how much, always. Errors: kIo, kCorrupt.
  Status read(char* out, std::size_t size, std::uint64_t offset, std::size_t& filled);

  // Of the decompressed bytes: as the seek table has it, or as the file was when it was opened.
  // Nothing for what must be read to know.
  std::optional<std::uint64_t> size() const { return size_; }
  // Of the file as it lies.
  File& stored() { return *file_; }
  std::uint64_t stored_size() const { return stored_size_; }
  // The seek table; nullptr without one.
  const SeekableIndex* frames() const { return frames_.get(); }

 private:
  RawLog();
  Status read_plain(char* out, std::size_t size, std::uint64_t offset, std::size_t& filled);
  Status read_stream(char* out, std::size_t size, std::uint64_t offset, std::size_t& filled);
  Status restart();

  FileSystem* fs_ = nullptr;
  std::string path_;
  Compression compression_ = Compression::kNone;
  std::unique_ptr<File> file_;
  std::uint64_t stored_size_ = 0;
  std::optional<std::uint64_t> size_;
  bool streams_ = false;

  std::unique_ptr<SeekableIndex> frames_;
  std::unique_ptr<FrameReader> frame_reader_;

  std::unique_ptr<ByteSource> stream_;
  std::uint64_t stream_at_ = 0;
};

}  // namespace ox
