#include "common/http/auth/digest.h"

#include <cstdint>
#include <cstring>
#include <initializer_list>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "common/base/bytes.h"
#include "common/base/status.h"

namespace ox {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Drawn once; a machine without randomness is no place to check passwords on.
const std::string& process_key() {
  static const std::string* const key = [] { return new std::string(random_bytes(32)); }();
  return *key;
}

struct DigestContext {
  DigestContext() { OX_CHECK(context != nullptr); }
  ~DigestContext() { EVP_MD_CTX_free(context); }
  DigestContext(const DigestContext&) = delete;
  DigestContext& operator=(const DigestContext&) = delete;
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
};

// OpenSSL 3 looks EVP_sha256() up by its name, behind locks, at each use; and a context has
// allocations of its own. Both are kept: with them, passwords were an eighth of the CPU of a POST
// (tests/bench/ingest.py, record).
Digest digest_of(std::initializer_list<std::string_view> parts) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const DigestContext thread;
  OX_CHECK(algorithm != nullptr && EVP_DigestInit_ex2(thread.context, algorithm, nullptr) == 1);
  for (std::string_view part : parts)
    OX_CHECK(EVP_DigestUpdate(thread.context, part.data(), part.size()) == 1);
  Digest out;
  OX_CHECK(EVP_DigestFinal_ex(thread.context, out.data(), nullptr) == 1);
  return out;
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  OX_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1);
  return out;
}

std::string sha512_hex(std::string_view bytes) {
  std::array<char, 64> out;
  OX_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()),
                      nullptr, EVP_sha512(), nullptr) == 1);
  return to_hex({out.data(), out.size()});
}

Digest sha256(std::string_view bytes) { return digest_of({bytes}); }

Digest hmac_sha256(std::string_view key, std::string_view message) {
  Digest out;
  // HMAC() takes a null key for "the key of before": an empty view may well be null.
  const char* key_data = key.empty() ? "" : key.data();
  OX_CHECK(HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), bytes_of(message),
                message.size(), out.data(), nullptr) != nullptr);
  return out;
}

// A digest of the key and the secret serves where HMAC would: whoever could make use of a hash that
// can be extended never sees one.
Digest secret_digest(std::string_view secret) { return digest_of({process_key(), secret}); }

Digest secret_digest(std::string_view first, std::string_view second) {
  std::string length;
  append_le<std::uint64_t>(length, first.size());
  return digest_of({process_key(), length, first, second});
}

bool equal_in_constant_time(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return equal_in_constant_time(secret_digest(a), secret_digest(b));
}

std::size_t DigestHash::operator()(const Digest& digest) const {
  std::size_t out;
  std::memcpy(&out, digest.data(), sizeof(out));
  return out;
}

std::string_view view_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace ox
