#include "common/http/gzip_encoder.h"

#include <span>
#include <string>

#include <doctest/doctest.h>

#include "common/http/content_decoder.h"

namespace ox {
namespace {

std::string unzipped(std::string_view bytes) {
  auto decoder = ContentDecoder::create("gzip");
  REQUIRE(decoder);
  std::string out;
  char buffer[1000];
  while (true) {
    auto size = decoder->decode(bytes, std::span<char>(buffer, sizeof buffer));
    REQUIRE(size.ok());
    if (*size == 0) break;
    out.append(buffer, *size);
  }
  CHECK(decoder->complete());
  return out;
}

TEST_CASE("what is compressed is what comes out again") {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919 % 1000) + ",";
  for (const std::string& each : {std::string(), std::string("x"), text}) {
    auto small = gzip_encode(each);
    REQUIRE(small.ok());
    CHECK(unzipped(*small) == each);
  }
  CHECK(gzip_encode(text)->size() < text.size() / 2);
}

}  // namespace
}  // namespace ox
