#pragma once
// gzip and deflate, by zlib.
#include <zlib.h>

#include "common/http/content_decoder.h"

namespace ox {

class ZlibDecoder : public ContentDecoder {
 public:
  enum class Form {
    kGzip,
    kDeflate,  // with zlib's header, or without: the first two bytes tell
  };

  explicit ZlibDecoder(Form form) : form_(form) {}
  ~ZlibDecoder() override;
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;

  Result<std::size_t> decode(std::string_view& input, std::span<char> out) override;
  bool complete() const override { return ended_; }
  // What zlib takes for a window of 32 KiB (zconf.h).
  std::size_t memory() const override { return open_ ? 40 << 10 : 0; }

 private:
  // False while the first two bytes are not both there.
  bool choose_form(std::string_view& input);
  Status open(int window_bits);
  // Puts `input` through zlib until something comes out or nothing is left.
  Result<std::size_t> inflate_some(std::string_view& input, std::span<char> out);

  Form form_;
  z_stream stream_{};
  bool open_ = false;
  bool ended_ = false;
  char first_[2] = {};  // kDeflate: the bytes that tell
  std::size_t first_size_ = 0;
  std::size_t first_used_ = 0;  // how many of them zlib has had
};

}  // namespace ox
