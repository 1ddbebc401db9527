#pragma once
// zstd, by libzstd; but not the formats from before 1.0 (other magic numbers), which it would read
// with its old decoders.
#include <zstd.h>

#include "common/http/content_decoder.h"

namespace ox {

class ZstdDecoder : public ContentDecoder {
 public:
  ZstdDecoder();
  ~ZstdDecoder() override;
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  Result<std::size_t> decode(std::string_view& input, std::span<char> out) override;
  bool complete() const override { return frame_ended_; }
  std::size_t memory() const override { return ZSTD_sizeof_DCtx(context_); }

 private:
  // False while the four bytes that a frame begins with are not all there.
  Result<bool> check_magic(std::string_view& input);

  ZSTD_DCtx* context_;
  bool frame_ended_ = false;
  char magic_[4] = {};
  std::size_t magic_size_ = 0;
  std::size_t magic_used_ = 0;   // how many of them libzstd has had
  std::size_t header_used_ = 0;  // and of what follows, as far as a header may be long
};

}  // namespace ox
