#pragma once
// The frames of a seekable .zst (seekable_zstd.h), decompressed. Once two that follow one another were
// asked for, the next one is decompressed ahead by a thread of its own, while the caller looks through
// what it has: tests/bench/scan.cc, "zst", gains where there is a second core. Threading: one thread.
// Bounds: three frames, two of them of up to 4 MiB.
#include <cstdint>
#include <future>
#include <memory>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/seekable_zstd.h"

struct ZSTD_DCtx_s;

namespace ox {

class FrameReader {
 public:
  // Both must outlive it.
  FrameReader(File& file, const SeekableIndex& index);
  ~FrameReader();

  // Of the decompressed bytes, as RawLog::read(). Errors: kIo, kCorrupt.
  Status read(char* out, std::size_t size, std::uint64_t offset, std::size_t& filled);

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  using Context = std::unique_ptr<ZSTD_DCtx_s, FreeContext>;
  // What the other thread works on; nobody else does before `good` is there.
  struct Ahead {
    Context context;
    std::string packed;
    std::string raw;
    std::size_t number = SIZE_MAX;
    std::future<bool> good;
  };

  Status fetch(std::size_t number, char* out);
  void begin_ahead(std::size_t number);
  Status read_packed(const SeekableFrame& frame, std::string& packed);

  File& file_;
  const SeekableIndex& index_;
  Context context_;
  std::string packed_;
  std::string frame_;  // number frame_number_, decompressed
  std::size_t frame_number_ = SIZE_MAX;
  std::size_t last_ = SIZE_MAX;  // that was fetched
  std::string ready_;
  Ahead ahead_;  // the last member: its thread ends before what it works on
};

}  // namespace ox
