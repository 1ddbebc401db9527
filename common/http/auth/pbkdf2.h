#pragma once
// PBKDF2 (RFC 8018, section 5.2) with HMAC over one of the hashes that password files name, as
// Python's hashlib.pbkdf2_hmac(name, password, salt, iterations) without dklen.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ox {

enum class Pbkdf2Hash { kSha1, kSha256, kSha384, kSha512 };

// "sha1", "sha256", "sha384", "sha512", of either case; nothing when it is none of them.
std::optional<Pbkdf2Hash> parse_pbkdf2_hash(std::string_view name);
// In bytes: 20, 32, 48, 64.
std::size_t digest_size(Pbkdf2Hash hash);

// digest_size(hash) bytes. Costs `iterations` times two hashes: a second or two for a million.
// `iterations` is at least 1. Any thread.
std::string pbkdf2(Pbkdf2Hash hash, std::string_view password, std::string_view salt,
                   std::uint32_t iterations);

}  // namespace ox
