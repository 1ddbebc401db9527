#include "common/store/decompressor.h"

#include <algorithm>
#include <vector>

#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

namespace ox {
namespace {

constexpr std::size_t kInputBytes = 128 << 10;
constexpr std::size_t kMaxOutputBytes = 1 << 30;  // of one call; the libraries count in 32 bits

class FileSource : public ByteSource {
 public:
  explicit FileSource(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<std::size_t> read(char* out, std::size_t size) override {
    OX_ASSIGN_OR_RETURN(std::size_t n, file_->read_at(out, size, offset_));
    offset_ += n;
    return n;
  }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t offset_ = 0;
};

// What gzip and bzip2 have in common: compressed units (members, streams) one after the other.
class Decompressor : public ByteSource {
 public:
  explicit Decompressor(std::unique_ptr<ByteSource> compressed)
      : compressed_(std::move(compressed)), input_(kInputBytes) {}

  Result<std::size_t> read(char* out, std::size_t size) final {
    if (!failed_.ok()) return failed_;
    auto n = read_units(out, std::min(size, kMaxOutputBytes));
    if (!n.ok()) failed_ = n.status();
    return n;
  }

 protected:
  enum class Step { kGoOn, kUnitEnds, kBad };

  // Turns input [in, in + in_size) into output; moves both forward.
  virtual Step step(char*& in, std::size_t& in_size, char*& out, std::size_t& out_size) = 0;
  // Ready for another unit.
  virtual bool restart() = 0;
  virtual const char* format() const = 0;
  // True when zero bytes may stand behind the last unit.
  virtual bool may_be_padded() const = 0;

 private:
  Status corrupt(const char* what) const {
    return Status(Code::kCorrupt, std::string(what) + " " + format() + " data");
  }

  Result<std::size_t> read_units(char* out, std::size_t size) {
    char* position = out;
    std::size_t room = size;
    while (position == out && size > 0) {
      // A library that filled all the room may have more without more input.
      if (left_ == 0 && !more_output_) {
        OX_ASSIGN_OR_RETURN(left_, compressed_->read(input_.data(), input_.size()));
        next_ = input_.data();
        if (left_ == 0) {
          if (inside_unit_) return corrupt("cut");
          return std::size_t{0};
        }
      }
      if (left_ > 0 && !inside_unit_ && behind_unit_ && may_be_padded()) {
        while (left_ > 0 && *next_ == '\0') {
          ++next_;
          --left_;
        }
        if (left_ == 0) continue;
      }
      inside_unit_ = true;
      Step result = step(next_, left_, position, room);
      more_output_ = room == 0;
      if (result == Step::kBad) return corrupt(behind_unit_ ? "damaged or foreign" : "damaged");
      if (result == Step::kUnitEnds) {
        inside_unit_ = false;
        behind_unit_ = true;
        more_output_ = false;
        if (!restart()) return corrupt("unusable");
      }
    }
    return static_cast<std::size_t>(position - out);
  }

  std::unique_ptr<ByteSource> compressed_;
  std::vector<char> input_;
  char* next_ = nullptr;  // bytes [next_, next_ + left_) of the input are not used yet
  std::size_t left_ = 0;
  bool inside_unit_ = false;
  bool behind_unit_ = false;
  bool more_output_ = false;
  Status failed_;
};

class GzipSource : public Decompressor {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> compressed)
      : Decompressor(std::move(compressed)) {
    constexpr int kLargestWindow = 15;
    constexpr int kGzipHeader = 16;  // zlib.h: added to the window bits
    OX_CHECK(::inflateInit2(&stream_, kLargestWindow + kGzipHeader) == Z_OK);
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }

 protected:
  Step step(char*& in, std::size_t& in_size, char*& out, std::size_t& out_size) override {
    stream_.next_in = reinterpret_cast<Bytef*>(in);
    stream_.avail_in = static_cast<uInt>(in_size);
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(out_size);
    int result = ::inflate(&stream_, Z_NO_FLUSH);
    in = reinterpret_cast<char*>(stream_.next_in);
    in_size = stream_.avail_in;
    out = reinterpret_cast<char*>(stream_.next_out);
    out_size = stream_.avail_out;
    if (result == Z_STREAM_END) return Step::kUnitEnds;
    return result == Z_OK || result == Z_BUF_ERROR ? Step::kGoOn : Step::kBad;
  }
  bool restart() override { return ::inflateReset(&stream_) == Z_OK; }
  const char* format() const override { return "gzip"; }
  bool may_be_padded() const override { return true; }

 private:
  z_stream stream_{};
};

class Bzip2Source : public Decompressor {
 public:
  explicit Bzip2Source(std::unique_ptr<ByteSource> compressed)
      : Decompressor(std::move(compressed)) {
    OX_CHECK(::BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK);
  }
  ~Bzip2Source() override { ::BZ2_bzDecompressEnd(&stream_); }

 protected:
  Step step(char*& in, std::size_t& in_size, char*& out, std::size_t& out_size) override {
    stream_.next_in = in;
    stream_.avail_in = static_cast<unsigned>(in_size);
    stream_.next_out = out;
    stream_.avail_out = static_cast<unsigned>(out_size);
    int result = ::BZ2_bzDecompress(&stream_);
    in = stream_.next_in;
    in_size = stream_.avail_in;
    out = stream_.next_out;
    out_size = stream_.avail_out;
    if (result == BZ_STREAM_END) return Step::kUnitEnds;
    return result == BZ_OK ? Step::kGoOn : Step::kBad;
  }
  bool restart() override {
    ::BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    return ::BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
  }
  const char* format() const override { return "bzip2"; }
  bool may_be_padded() const override { return false; }

 private:
  bz_stream stream_{};
};

class ZstdSource : public Decompressor {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> compressed)
      : Decompressor(std::move(compressed)), stream_(::ZSTD_createDStream()) {
    OX_CHECK(stream_ != nullptr);
  }
  ~ZstdSource() override { ::ZSTD_freeDStream(stream_); }

 protected:
  Step step(char*& in, std::size_t& in_size, char*& out, std::size_t& out_size) override {
    ZSTD_inBuffer input{in, in_size, 0};
    ZSTD_outBuffer output{out, out_size, 0};
    std::size_t left = ::ZSTD_decompressStream(stream_, &output, &input);
    in += input.pos;
    in_size -= input.pos;
    out += output.pos;
    out_size -= output.pos;
    if (::ZSTD_isError(left) != 0) return Step::kBad;
    return left == 0 ? Step::kUnitEnds : Step::kGoOn;
  }
  // The library goes on to the next frame by itself.
  bool restart() override { return true; }
  const char* format() const override { return "zstd"; }
  bool may_be_padded() const override { return false; }

 private:
  ZSTD_DStream* stream_;
};

}  // namespace

std::unique_ptr<ByteSource> make_file_source(std::unique_ptr<File> file) {
  return std::make_unique<FileSource>(std::move(file));
}

std::unique_ptr<ByteSource> make_decompressor(Compression compression,
                                              std::unique_ptr<ByteSource> compressed) {
  std::unique_ptr<ByteSource> source;
  switch (compression) {
    case Compression::kNone:
      source = std::move(compressed);
      break;
    case Compression::kGzip:
      source = std::make_unique<GzipSource>(std::move(compressed));
      break;
    case Compression::kBzip2:
      source = std::make_unique<Bzip2Source>(std::move(compressed));
      break;
    case Compression::kZstd:
      source = std::make_unique<ZstdSource>(std::move(compressed));
      break;
  }
  return source;
}

}  // namespace ox
