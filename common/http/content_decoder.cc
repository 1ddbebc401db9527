#include "common/http/content_decoder.h"

#include "common/http/http_fields.h"
#include "common/http/zlib_decoder.h"
#include "common/http/zstd_decoder.h"

namespace ox {

std::unique_ptr<ContentDecoder> ContentDecoder::create(std::string_view encoding) {
  if (equals_ignoring_case(encoding, "gzip") || equals_ignoring_case(encoding, "x-gzip"))
    return std::make_unique<ZlibDecoder>(ZlibDecoder::Form::kGzip);
  if (equals_ignoring_case(encoding, "deflate"))
    return std::make_unique<ZlibDecoder>(ZlibDecoder::Form::kDeflate);
  if (equals_ignoring_case(encoding, "zstd")) return std::make_unique<ZstdDecoder>();
  return nullptr;
}

}  // namespace ox
