#pragma once
// SHA-256, SHA-512, HMAC-SHA-256 (RFC 2104), bytes that nobody can guess, and comparisons of secrets
// whose time tells nothing of them.
// Threading: all of these may be called from any thread.
#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace ox {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view bytes);
// In lower-case hex, as protocols that hash in clear have it.
std::string sha512_hex(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view message);

// As good as random, from the operating system's source.
std::string random_bytes(std::size_t count);

// Stands for a secret where it has to be kept, looked up or compared: the SHA-256 of it behind a key
// that this process drew at random when it started. Nobody outside can choose or guess such a digest, so
// that an ordinary hash table may be keyed by it: how long a look-up takes depends on the digest
// alone. Costs a third of a microsecond. Means nothing in another process.
Digest secret_digest(std::string_view secret);
// The same for a pair; the boundary between the two counts ("ab","c" is not "a","bc").
Digest secret_digest(std::string_view first, std::string_view second);

// The time taken does not depend on the content of either.
bool equal_in_constant_time(const Digest& a, const Digest& b);
// The time taken depends on the two lengths, but not on whether they agree, nor on any byte.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// For tables keyed by secret_digest(), whose bytes are as good as random.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const;
};

// The digest's bytes, for to_hex() and the like; valid as long as the digest.
std::string_view view_of(const Digest& digest);
inline std::string_view view_of(Digest&&) = delete;

}  // namespace ox
