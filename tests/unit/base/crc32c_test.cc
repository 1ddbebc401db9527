#include "common/base/crc32c.h"

#include <string>

#include <doctest/doctest.h>

#include "common/base/bytes.h"

namespace ox {

// RFC 3720, appendix B.4.
TEST_CASE("crc32c gives the values of RFC 3720") {
  std::string ascending;
  std::string descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  std::string read_command = from_hex(
      "01c00000000000000000000000000000"
      "14000000000004000000001400000018"
      "28000000000000000200000000000000");
  struct Vector {
    std::string data;
    std::uint32_t crc;
  };
  const Vector vectors[] = {
      {"", 0},
      {std::string(32, '\0'), 0x8a9136aa},
      {std::string(32, '\xff'), 0x62a8ab43},
      {ascending, 0x46dd794e},
      {descending, 0x113fdb5c},
      {read_command, 0xd9963a56},
      {"123456789", 0xe3069283},
  };
  for (const Vector& v : vectors) {
    CAPTURE(to_hex(v.data));
    CHECK(crc32c(v.data) == v.crc);
    CHECK(crc32c_portable(v.data) == v.crc);
  }
}

static std::string noise(std::size_t size) {
  std::string out;
  std::uint32_t x = 2463534242;  // xorshift32
  while (out.size() < size) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    append_le(out, x);
  }
  out.resize(size);
  return out;
}

TEST_CASE("the instruction and the table agree at every length and alignment") {
  const std::string data = noise(20'000);
  std::string_view all = data;
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t length = 0; length < 300; ++length) {
      std::string_view part = all.substr(offset, length);
      if (crc32c(part) != crc32c_portable(part)) FAIL("offset ", offset, " length ", length);
    }
    // Around the lengths where three interleaved streams begin and end.
    for (std::size_t length : {3071U, 3072U, 3073U, 3080U, 6143U, 6144U, 6145U, 9217U, 19'000U}) {
      std::string_view part = all.substr(offset, length);
      if (crc32c(part) != crc32c_portable(part)) FAIL("offset ", offset, " length ", length);
    }
  }
}

TEST_CASE("a crc goes on over split data") {
  const std::string data = noise(10'000);
  std::string_view all = data;
  for (std::size_t cut : {0U, 1U, 7U, 8U, 3072U, 5000U, 9999U, 10'000U}) {
    CAPTURE(cut);
    CHECK(crc32c(all.substr(cut), crc32c(all.substr(0, cut))) == crc32c(all));
    CHECK(crc32c_portable(all.substr(cut), crc32c_portable(all.substr(0, cut))) == crc32c(all));
  }
}

}  // namespace ox
