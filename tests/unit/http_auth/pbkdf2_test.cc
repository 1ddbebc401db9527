#include "common/http/auth/pbkdf2.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"

namespace ox {

TEST_CASE("PBKDF2 gives what RFC 6070 and Python's hashlib give") {
  struct Row {
    const char* hash;
    const char* password;
    const char* salt;
    std::uint32_t iterations;
    const char* hex;
  };
  const Row rows[] = {
      {"sha1", "password", "salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"},
      {"sha1", "password", "salt", 4096, "4b007901b765489abead49d926f721d065a429c1"},
      {"sha256", "obo", "c0139cff", 32,
       "f57ef1e3e8f90cb367dedd44091f251b5b15c9c36ddd7923731fa7ee41cbaa82"},
      {"sha384", "bob", "9230dbdd5a13f009", 4096,
       "ff680a9237549f698da5345119dec1ed314eb4fdefe59837d0724d747c3169089ae45215ec98b7c84b7b8b3ac15"
       "89139"},
      {"sha512", "p\xc3\xa4ssw\xc3\xb6rd", "c0139cff", 1000,
       "77726d95c51802776bcec2591b1d789c4e4948e7abea2aae86e0c374527a542e"
       "11a1e20fb90827e81d9b42db6c6006545a4d208f1884f6cb06d54d3b902bb1dc"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.hash);
    auto hash = parse_pbkdf2_hash(row.hash);
    REQUIRE(hash);
    CHECK(to_hex(pbkdf2(*hash, row.password, row.salt, row.iterations)) == row.hex);
  }
}

TEST_CASE("an empty password or salt is one like any other") {
  std::string empty = pbkdf2(Pbkdf2Hash::kSha256, {}, {}, 1);
  CHECK(empty.size() == 32);
  CHECK(empty == pbkdf2(Pbkdf2Hash::kSha256, "", "", 1));
  CHECK(empty != pbkdf2(Pbkdf2Hash::kSha256, "", "s", 1));
}

TEST_CASE("hashes are named as hashlib names them") {
  CHECK(parse_pbkdf2_hash("SHA256") == Pbkdf2Hash::kSha256);
  CHECK(digest_size(Pbkdf2Hash::kSha1) == 20);
  CHECK(digest_size(Pbkdf2Hash::kSha512) == 64);
  for (const char* name : {"", "md5", "sha-256", "sha224", "sha2560", " sha1"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_pbkdf2_hash(name));
  }
}

}  // namespace ox
