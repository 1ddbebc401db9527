#include "proto/meta.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "tests/unit/proto/vectors.h"

namespace ox {

TEST_CASE("meta frames of the golden vectors are read and written") {
  for (const VectorCase& v : read_vectors("meta.txt")) {
    CAPTURE(v.label());
    std::string frame = v.text("frame");
    Meta meta;
    MetaError error = decode_meta(frame, meta);
    if (v.has("error")) {
      CHECK(error == (v.text("error") == "length" ? MetaError::kLength : MetaError::kVersion));
      continue;
    }
    REQUIRE(error == MetaError::kNone);
    CHECK(meta.end == v.number("end"));
    CHECK(meta.host == v.text("host"));
    CHECK(meta.type == v.text("type"));
    if (!v.has("decode_only")) CHECK(encode_meta(meta) == frame);
  }
}

TEST_CASE("the frame of the contract is the frame of the vector") {
  std::string frame = from_hex("0341d65a0bc0100000057765622d31" + std::string(58 * 2, '0') +
                               "0a726571756573742e6462" + std::string(53 * 2, '0'));
  CHECK(frame.size() == 137);
  CHECK(encode_meta({1500000000.25, "web-1", "request.db"}) == frame);
}

TEST_CASE("a length byte of any value stays inside its field") {
  std::string frame = encode_meta({1.0, std::string(63, 'h'), std::string(63, 't')});
  for (int length = 0; length < 256; ++length) {
    frame[9] = static_cast<char>(length);
    frame[73] = static_cast<char>(length);
    Meta meta;
    REQUIRE(decode_meta(frame, meta) == MetaError::kNone);
    auto expected = static_cast<std::size_t>(std::min(length, 63));
    CHECK(meta.host == std::string(expected, 'h'));
    CHECK(meta.type == std::string(expected, 't'));
  }
}

TEST_CASE("frames of every other length are refused") {
  for (std::size_t size = 0; size < 300; ++size) {
    std::string frame(size, '\x03');
    Meta meta;
    CHECK((decode_meta(frame, meta) == MetaError::kNone) == (size == kMetaSize));
  }
}

TEST_CASE("names over 63 bytes are cut in the frame") {
  std::string frame = encode_meta({0, std::string(64, 'h'), std::string(300, 't')});
  CHECK(frame.size() == kMetaSize);
  Meta meta;
  REQUIRE(decode_meta(frame, meta) == MetaError::kNone);
  CHECK(meta.host == std::string(63, 'h'));
  CHECK(meta.type == std::string(63, 't'));
}

}  // namespace ox
