#include "common/http/auth/digest.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"

namespace ox {

static std::string hex_of(const Digest& digest) { return to_hex(view_of(digest)); }

TEST_CASE("SHA-256 gives the digests of FIPS 180-2") {
  CHECK(hex_of(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_of(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231, test cases 2 and 6") {
  CHECK(hex_of(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex_of(hmac_sha256(std::string(131, '\xaa'),
                           "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("an empty key is a key, and not the one of the call before") {
  Digest empty = hmac_sha256({}, "m");
  CHECK(hmac_sha256("key", "m") != empty);
  CHECK(hmac_sha256(std::string_view(), "m") == empty);
  CHECK(hmac_sha256("", "m") == empty);
}

TEST_CASE("comparison in constant time agrees with ==, whatever the lengths") {
  const std::string_view texts[] = {"",   "a",  "b",   "ab",  std::string_view("a\0", 2), "A",
                                    "aa", "ba", "aab", "aac", std::string_view("\0", 1)};
  for (std::string_view a : texts)
    for (std::string_view b : texts) {
      CAPTURE(a);
      CAPTURE(b);
      CHECK(equal_in_constant_time(a, b) == (a == b));
    }
  Digest a = sha256("a");
  Digest b = a;
  CHECK(equal_in_constant_time(a, b));
  for (std::size_t i = 0; i < b.size(); ++i) {
    b = a;
    b[i] ^= 1;
    CHECK_FALSE(equal_in_constant_time(a, b));
  }
}

TEST_CASE("the digest of a secret is the same every time, and is not its bare hash") {
  CHECK(secret_digest("s") == secret_digest("s"));
  CHECK(secret_digest("s") != secret_digest("t"));
  CHECK(secret_digest("s") != sha256("s"));
  CHECK(secret_digest("s") != hmac_sha256("", "s"));
}

TEST_CASE("the digest of a pair knows where one ends and the other begins") {
  CHECK(secret_digest("ab", "c") == secret_digest("ab", "c"));
  CHECK(secret_digest("ab", "c") != secret_digest("a", "bc"));
  CHECK(secret_digest("", "abc") != secret_digest("abc", ""));
}

}  // namespace ox
