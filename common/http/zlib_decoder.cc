#include "common/http/zlib_decoder.h"

#include <fmt/format.h>

namespace ox {

ZlibDecoder::~ZlibDecoder() {
  if (open_) inflateEnd(&stream_);
}

Status ZlibDecoder::open(int window_bits) {
  if (inflateInit2(&stream_, window_bits) != Z_OK)
    return Status(Code::kNoSpace, "no memory to inflate");
  open_ = true;
  return ok_status();
}

bool ZlibDecoder::choose_form(std::string_view& input) {
  while (first_size_ < 2 && !input.empty()) {
    first_[first_size_++] = input.front();
    input.remove_prefix(1);
  }
  return first_size_ == 2;
}

Result<std::size_t> ZlibDecoder::decode(std::string_view& input, std::span<char> out) {
  if (!open_) {
    if (form_ == Form::kGzip) {
      OX_RETURN_IF_ERROR(open(MAX_WBITS + 16));
    } else {
      if (!choose_form(input)) return std::size_t{0};
      // RFC 1950 section 2.2: method 8, and the two bytes a multiple of 31.
      auto cmf = static_cast<unsigned char>(first_[0]);
      auto flg = static_cast<unsigned char>(first_[1]);
      bool zlib = (cmf & 0x0f) == 8 && (cmf * 256 + flg) % 31 == 0;
      OX_RETURN_IF_ERROR(open(zlib ? MAX_WBITS : -MAX_WBITS));
    }
  }
  if (first_used_ < first_size_) {
    std::string_view first(first_ + first_used_, first_size_ - first_used_);
    auto written = inflate_some(first, out);
    first_used_ = first_size_ - first.size();
    if (!written.ok() || *written > 0) return written;
  }
  return inflate_some(input, out);
}

Result<std::size_t> ZlibDecoder::inflate_some(std::string_view& input, std::span<char> out) {
  for (;;) {
    if (ended_) {
      if (input.empty()) return std::size_t{0};
      // A further member; there is none behind deflate.
      if (form_ != Form::kGzip) return Status(Code::kCorrupt, "bytes behind the deflated data");
      inflateReset(&stream_);
      ended_ = false;
    }
    // zlib's interface predates const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    int outcome = inflate(&stream_, Z_NO_FLUSH);
    input.remove_prefix(input.size() - stream_.avail_in);
    std::size_t written = out.size() - stream_.avail_out;
    ended_ = outcome == Z_STREAM_END;
    if (outcome == Z_MEM_ERROR) return Status(Code::kNoSpace, "no memory to inflate");
    if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR)
      return Status(Code::kCorrupt,
                    fmt::format("the compressed data is damaged: {}",
                                stream_.msg ? stream_.msg : "a dictionary is needed"));
    if (written > 0 || input.empty()) return written;
  }
}

}  // namespace ox
