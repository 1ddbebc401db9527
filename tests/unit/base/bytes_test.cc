#include "common/base/bytes.h"

#include <limits>

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("integers and floats have the byte order that was asked for") {
  char raw[8];
  store_le(raw, std::uint32_t{0x01020304});
  CHECK(to_hex({raw, 4}) == "04030201");
  store_be(raw, std::uint32_t{0x01020304});
  CHECK(to_hex({raw, 4}) == "01020304");
  store_be(raw, 1500000000.25);
  CHECK(to_hex({raw, 8}) == "41d65a0bc0100000");
  CHECK(load_be<double>(raw) == 1500000000.25);
  store_le(raw, 1500000000.25);
  CHECK(to_hex({raw, 8}) == "000010c00b5ad641");
  CHECK(load_le<double>(raw) == 1500000000.25);
  store_le(raw, std::numeric_limits<std::int64_t>::min());
  CHECK(load_le<std::int64_t>(raw) == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("a reader takes values until something is missing, and nothing after that") {
  std::string bytes;
  append_le(bytes, std::uint16_t{7});
  bytes += std::string(
      "\x03"
      "abc",
      4);
  append_le(bytes, std::uint16_t{2});
  bytes += "de";
  ByteReader reader(bytes);
  CHECK(reader.le<std::uint16_t>() == 7);
  CHECK(reader.short_string() == "abc");
  CHECK(reader.string16() == "de");
  CHECK(reader.ok());
  CHECK(reader.at_end());
  CHECK(reader.le<std::uint8_t>() == 0);
  CHECK_FALSE(reader.ok());

  ByteReader cut(
      std::string_view("\x05"
                       "abc",
                       4));
  CHECK(cut.short_string().empty());
  CHECK_FALSE(cut.ok());
  CHECK(cut.rest().empty());
  CHECK(cut.take(0).empty());
  CHECK_FALSE(cut.ok());
}

TEST_CASE("hex is written in lower case and read in either") {
  CHECK(to_hex(std::string_view("\x00\xff\x1a", 3)) == "00ff1a");
  CHECK(from_hex("00Ff1A") == std::string("\x00\xff\x1a", 3));
  CHECK(from_hex("").empty());
  CHECK(from_hex("0").empty());
  CHECK(from_hex("0g").empty());
  CHECK(from_hex("0 ").empty());
}

}  // namespace ox
