#include "common/http/zstd_decoder.h"

#include <algorithm>

#include <fmt/format.h>
#include <zstd_errors.h>

#include "common/base/bytes.h"

namespace ox {
namespace {

constexpr int kMaxWindowLog = 23;  // 8 MiB, RFC 8878 section 3.1.1.1.2
// Behind the magic number, RFC 8878 section 3.1.1.1: 1 + 1 + 4 + 8.
constexpr std::size_t kMaxHeader = 14;

}  // namespace

ZstdDecoder::ZstdDecoder() : context_(ZSTD_createDCtx()) {
  if (context_) ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kMaxWindowLog);
}

ZstdDecoder::~ZstdDecoder() { ZSTD_freeDCtx(context_); }

Result<bool> ZstdDecoder::check_magic(std::string_view& input) {
  while (magic_size_ < sizeof(magic_) && !input.empty()) {
    magic_[magic_size_++] = input.front();
    input.remove_prefix(1);
    frame_ended_ = false;
  }
  if (magic_size_ < sizeof(magic_)) return false;
  auto magic = load_le<std::uint32_t>(magic_);
  if (magic != ZSTD_MAGICNUMBER &&
      (magic & ZSTD_MAGIC_SKIPPABLE_MASK) != ZSTD_MAGIC_SKIPPABLE_START)
    return Status(Code::kCorrupt, "the compressed data is no zstd frame");
  return true;
}

Result<std::size_t> ZstdDecoder::decode(std::string_view& input, std::span<char> out) {
  if (!context_) return Status(Code::kNoSpace, "no memory to decompress");
  for (;;) {
    if (magic_size_ < sizeof(magic_)) {
      OX_ASSIGN_OR_RETURN(bool checked, check_magic(input));
      if (!checked) return std::size_t{0};
    }
    bool in_magic = magic_used_ < sizeof(magic_);
    // The header goes in byte by byte: in the call that completes it, libzstd (1.5.4) takes what it is
    // given for the whole frame, magic number and all, if it looks like one.
    std::size_t size =
        header_used_ < kMaxHeader ? std::min<std::size_t>(input.size(), 1) : input.size();
    ZSTD_inBuffer from{in_magic ? magic_ : input.data(), in_magic ? sizeof(magic_) : size,
                       in_magic ? magic_used_ : 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    std::size_t outcome = ZSTD_decompressStream(context_, &to, &from);
    if (in_magic) {
      magic_used_ = from.pos;
    } else {
      if (header_used_ < kMaxHeader) header_used_ += from.pos;
      input.remove_prefix(from.pos);
    }
    if (ZSTD_isError(outcome)) {
      bool window = ZSTD_getErrorCode(outcome) == ZSTD_error_frameParameter_windowTooLarge;
      return Status(window ? Code::kTooLarge : Code::kCorrupt,
                    fmt::format("the compressed data is refused: {}", ZSTD_getErrorName(outcome)));
    }
    if (outcome == 0) {
      frame_ended_ = true;
      magic_size_ = magic_used_ = header_used_ = 0;
    }
    if (to.pos > 0 || input.empty()) return to.pos;
  }
}

}  // namespace ox
