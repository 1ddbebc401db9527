#pragma once
// Undoes a Content-Encoding while the body streams by: gzip (RFC 1952, several members), deflate
// (RFC 1950, or bare RFC 1951 as some clients send it), zstd (RFC 8878, several frames).
// Memory: some 40 KiB for gzip and deflate; for zstd the window that the frame asks for, 8 MiB at
//         most (RFC 8878 section 3.1.1.1.2). Never more, whatever comes out.
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "common/base/status.h"

namespace ox {

class ContentDecoder {
 public:
  // By the name in Content-Encoding, in any case: gzip, x-gzip, deflate, zstd. nullptr for others.
  static std::unique_ptr<ContentDecoder> create(std::string_view encoding);

  virtual ~ContentDecoder() = default;
  // Decodes from the front of `input`, moves `input` behind what was used, and returns how many
  // bytes were written to `out` (which is not empty). 0: all of `input` was used, and nothing is
  // left inside. Errors: kCorrupt; kTooLarge, a window over the limit; kNoSpace.
  virtual Result<std::size_t> decode(std::string_view& input, std::span<char> out) = 0;
  // True when what was decoded so far may end here.
  virtual bool complete() const = 0;
  // Bytes that are held now.
  virtual std::size_t memory() const = 0;
};

}  // namespace ox
