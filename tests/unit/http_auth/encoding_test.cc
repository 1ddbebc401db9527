#include "common/http/auth/encoding.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("hex is read in either case") {
  CHECK(decode_hex("00fFa0") == std::string("\0\xff\xa0", 3));
  CHECK(decode_hex("") == "");
}

TEST_CASE("what is not pairs of hex digits is no hex") {
  for (const char* text : {"0", "0g", "g0", "0x00", " 00", "00 ", "0 0", "-1", "0\n"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_hex(text));
  }
}

TEST_CASE("base64 gives the bytes of RFC 4648, section 10") {
  CHECK(decode_base64("") == "");
  CHECK(decode_base64("Zg==") == "f");
  CHECK(decode_base64("Zm8=") == "fo");
  CHECK(decode_base64("Zm9v") == "foo");
  CHECK(decode_base64("Zm9vYg==") == "foob");
  CHECK(decode_base64("Zm9vYmE=") == "fooba");
  CHECK(decode_base64("Zm9vYmFy") == "foobar");
  CHECK(decode_base64("+/+/") == "\xfb\xff\xbf");
}

TEST_CASE("base64 that another text stands for as well is refused") {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "=",
                           "Zh==", "Zm9=", "Zm8=Zm8=", " Zg==", "Zg== ", "Zg=\n", "Zm\n9v",
                           "Z-8=", "Z_8=", "Zm8\0", "Z=g=", "Zm9v=", "Zm9v===="}) {
    CAPTURE(text);
    CHECK_FALSE(decode_base64(text));
  }
  CHECK_FALSE(decode_base64(std::string_view("Zm8\0", 4)));
  CHECK_FALSE(decode_base64("Zm8\xff"));
}

}  // namespace ox
