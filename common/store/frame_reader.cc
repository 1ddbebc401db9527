#include "common/store/frame_reader.h"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <zstd.h>

namespace ox {
namespace {

constexpr std::uint32_t kLargestAhead = 4 << 20;

bool unpack_frame(ZSTD_DCtx* context, const std::string& packed, char* out, std::size_t raw_size) {
  const std::size_t made =
      ::ZSTD_decompressDCtx(context, out, raw_size, packed.data(), packed.size());
  return ::ZSTD_isError(made) == 0 && made == raw_size;
}

}  // namespace

void FrameReader::FreeContext::operator()(ZSTD_DCtx_s* context) const { ::ZSTD_freeDCtx(context); }

FrameReader::FrameReader(File& file, const SeekableIndex& index)
    : file_(file), index_(index), context_(::ZSTD_createDCtx()) {}

FrameReader::~FrameReader() = default;  // a std::async is waited for

Status FrameReader::read(char* out, std::size_t size, std::uint64_t offset, std::size_t& filled) {
  const auto& frames = index_.frames;
  auto frame =
      std::upper_bound(frames.begin(), frames.end(), offset,
                       [](std::uint64_t at, const SeekableFrame& f) { return at < f.raw_offset; });
  if (frame != frames.begin()) --frame;
  for (; frame != frames.end() && filled < size; ++frame) {
    const std::uint64_t at = offset + filled;
    if (at >= frame->raw_offset + frame->raw_size) continue;  // a skippable one too
    const auto number = static_cast<std::size_t>(frame - frames.begin());
    if (at == frame->raw_offset && size - filled >= frame->raw_size && frame_number_ != number) {
      OX_RETURN_IF_ERROR(fetch(number, out + filled));
      filled += frame->raw_size;
      continue;
    }
    if (frame_number_ != number) {
      frame_number_ = SIZE_MAX;
      frame_.resize(frame->raw_size);
      OX_RETURN_IF_ERROR(fetch(number, frame_.data()));
      frame_number_ = number;
    }
    const auto from = static_cast<std::size_t>(at - frame->raw_offset);
    const std::size_t n = std::min<std::size_t>(size - filled, frame->raw_size - from);
    std::memcpy(out + filled, frame_.data() + from, n);
    filled += n;
  }
  return ok_status();
}

Status FrameReader::fetch(std::size_t number, char* out) {
  const SeekableFrame& frame = index_.frames[number];
  const bool onwards = last_ != SIZE_MAX && number == last_ + 1;
  last_ = number;
  if (ahead_.good.valid() && ahead_.number == number) {
    const bool good = ahead_.good.get();
    std::swap(ready_, ahead_.raw);
    begin_ahead(number + 1);
    if (!good) return Status(Code::kCorrupt, "damaged zstd data");
    std::memcpy(out, ready_.data(), frame.raw_size);
    return ok_status();
  }
  if (onwards) begin_ahead(number + 1);
  OX_RETURN_IF_ERROR(read_packed(frame, packed_));
  if (!unpack_frame(context_.get(), packed_, out, frame.raw_size))
    return Status(Code::kCorrupt, "damaged zstd data");
  return ok_status();
}

void FrameReader::begin_ahead(std::size_t number) {
  if (ahead_.good.valid()) ahead_.good.wait();  // for nothing: it was jumped over
  ahead_.good = {};
  if (number >= index_.frames.size() || std::thread::hardware_concurrency() < 2) return;
  const SeekableFrame& frame = index_.frames[number];
  if (frame.raw_size == 0 || frame.raw_size > kLargestAhead) return;
  if (!read_packed(frame, ahead_.packed).ok()) return;  // whoever asks for it is told
  if (!ahead_.context) ahead_.context.reset(::ZSTD_createDCtx());
  ahead_.number = number;
  ahead_.raw.resize(frame.raw_size);
  try {
    ahead_.good = std::async(std::launch::async, [&ahead = ahead_] {
      return unpack_frame(ahead.context.get(), ahead.packed, ahead.raw.data(), ahead.raw.size());
    });
  } catch (const std::system_error&) {  // no thread: the caller decompresses it when it comes to it
  }
}

Status FrameReader::read_packed(const SeekableFrame& frame, std::string& packed) {
  packed.resize(frame.size);
  OX_ASSIGN_OR_RETURN(const std::size_t got,
                      read_up_to(file_, frame.offset, packed.data(), packed.size()));
  return got == packed.size() ? ok_status() : Status(Code::kCorrupt, "cut zstd data");
}

}  // namespace ox
