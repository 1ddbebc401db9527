#include "common/store/log_listing.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

const std::vector<ListedFile> kFiles = {{"20170714/a-20170714.log", 7, 4097, 0xdeadbeef},
                                        {"20170714/b-20170714.log", ~0ULL, 0, 0}};

// With a CRC that fits what it holds.
std::string with_crc(std::string bytes) {
  store_le(bytes.data() + 8, crc32c(std::string_view(bytes).substr(12)));
  return bytes;
}

TEST_CASE("a listing comes back as it was") {
  auto decoded = decode_listing(encode_listing(kFiles));
  REQUIRE(decoded.ok());
  CHECK(*decoded == kFiles);
  CHECK(decode_listing(encode_listing({}))->empty());
}

TEST_CASE("the format is the one its header documents") {
  std::string bytes = encode_listing({{"d/f", 0x0102030405060708, 0x1122, 0xa1b2c3d4}});
  CHECK(to_hex(bytes.substr(0, 8)) == "4f584c4601000000");
  CHECK(to_hex(bytes.substr(12)) ==
        "01000000"
        "0300"
        "642f66"
        "0807060504030201"
        "2211000000000000"
        "d4c3b2a1");
  CHECK(load_le<std::uint32_t>(bytes.data() + 8) == crc32c(bytes.substr(12)));
}

TEST_CASE("no bytes are a listing of no files") { CHECK(decode_listing("")->empty()); }

TEST_CASE("a listing cut anywhere is corrupt") {
  std::string bytes = encode_listing(kFiles);
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(decode_listing(bytes.substr(0, size)).status().code() == Code::kCorrupt);
    if (size < 16) continue;
    CHECK(decode_listing(with_crc(bytes.substr(0, size))).status().code() == Code::kCorrupt);
  }
  CHECK(decode_listing(with_crc(bytes + "x")).status().code() == Code::kCorrupt);
}

TEST_CASE("a listing with any byte changed is refused") {
  std::string bytes = encode_listing(kFiles);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    CHECK_FALSE(decode_listing(changed).ok());
  }
}

TEST_CASE("a newer listing is unsupported") {
  std::string bytes = encode_listing(kFiles);
  bytes[4] = 2;
  CHECK(decode_listing(bytes).status().code() == Code::kUnsupported);
}

TEST_CASE("a listing that leads out of the log directory is corrupt") {
  for (const char* path : {"/etc/passwd", "../x", "a/../../x", "a//b", "", "a/", "./a", ".."}) {
    CAPTURE(path);
    CHECK(decode_listing(encode_listing({{path, 1, 0, 0}})).status().code() == Code::kCorrupt);
  }
  CHECK(decode_listing(encode_listing({{"a..b/..c", 1, 0, 0}})).ok());
}

}  // namespace
}  // namespace ox
