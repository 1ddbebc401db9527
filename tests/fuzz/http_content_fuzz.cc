// The first byte says how: which encoding, how large the output buffer. What follows is the body.
// In whatever pieces it comes, it decodes to the same.
#include <array>
#include <string>
#include <vector>

#include "common/http/content_decoder.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_http_content {
namespace {

constexpr std::size_t kCap = 1u << 20;

struct Decoded {
  std::string bytes;
  bool ok = true;
  bool complete = false;
};

Decoded decode(std::string_view encoding, std::string_view input, std::size_t step,
               std::size_t out_size) {
  auto decoder = ContentDecoder::create(encoding);
  OX_CHECK(decoder != nullptr);
  Decoded decoded;
  std::vector<char> out(out_size);
  while (!input.empty()) {
    std::string_view part = input.substr(0, step);
    input.remove_prefix(part.size());
    for (;;) {
      auto n = decoder->decode(part, out);
      if (!n.ok()) {
        decoded.ok = false;
        return decoded;
      }
      OX_CHECK(*n <= out_size);
      if (*n == 0) break;
      decoded.bytes.append(out.data(), *n);
      if (decoded.bytes.size() > kCap) return decoded;
    }
    OX_CHECK(part.empty());
  }
  decoded.complete = decoder->complete();
  return decoded;
}

}  // namespace

OX_FUZZ_TARGET(http_content, std::string_view input) {
  static constexpr std::array kEncodings{"gzip", "deflate", "zstd"};
  if (input.empty()) return;
  auto how = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  std::string_view encoding = kEncodings[how % kEncodings.size()];
  Decoded whole = decode(encoding, input, input.size() + 1, 1 << 16);
  Decoded split = decode(encoding, input, 1, 1 + how / 3u * 16);
  if (whole.bytes.size() > kCap || split.bytes.size() > kCap) return;
  OX_CHECK(whole.ok == split.ok);
  if (!whole.ok) return;  // how much comes out before damage is noticed depends on the pieces
  OX_CHECK(whole.bytes == split.bytes && whole.complete == split.complete);
}

}  // namespace ox::fuzz_http_content
