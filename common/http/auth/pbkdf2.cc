#include "common/http/auth/pbkdf2.h"

#include <openssl/evp.h>

#include "common/base/status.h"
#include "common/http/auth/words.h"

namespace ox {

std::optional<Pbkdf2Hash> parse_pbkdf2_hash(std::string_view name) {
  if (equal_ignoring_case(name, "sha1")) return Pbkdf2Hash::kSha1;
  if (equal_ignoring_case(name, "sha256")) return Pbkdf2Hash::kSha256;
  if (equal_ignoring_case(name, "sha384")) return Pbkdf2Hash::kSha384;
  if (equal_ignoring_case(name, "sha512")) return Pbkdf2Hash::kSha512;
  return std::nullopt;
}

static const EVP_MD* algorithm_of(Pbkdf2Hash hash) {
  switch (hash) {
    case Pbkdf2Hash::kSha1:
      return EVP_sha1();
    case Pbkdf2Hash::kSha256:
      return EVP_sha256();
    case Pbkdf2Hash::kSha384:
      return EVP_sha384();
    case Pbkdf2Hash::kSha512:
      return EVP_sha512();
  }
  return EVP_sha256();
}

std::size_t digest_size(Pbkdf2Hash hash) {
  return static_cast<std::size_t>(EVP_MD_get_size(algorithm_of(hash)));
}

std::string pbkdf2(Pbkdf2Hash hash, std::string_view password, std::string_view salt,
                   std::uint32_t iterations) {
  std::string out(digest_size(hash), '\0');
  // A null password would be taken for a string of its own length.
  const char* password_data = password.empty() ? "" : password.data();
  int done = PKCS5_PBKDF2_HMAC(password_data, static_cast<int>(password.size()),
                               reinterpret_cast<const unsigned char*>(salt.data()),
                               static_cast<int>(salt.size()), static_cast<int>(iterations),
                               algorithm_of(hash), static_cast<int>(out.size()),
                               reinterpret_cast<unsigned char*>(out.data()));
  OX_CHECK(done == 1);
  return out;
}

}  // namespace ox
