#pragma once
// CRC-32C (Castagnoli, RFC 3720 appendix B.4), with the SSE 4.2 instruction where the CPU has it.
#include <cstdint>
#include <string_view>

namespace ox {

// The CRC of `data`; pass an earlier result as `seed` to go on over split data.
std::uint32_t crc32c(std::string_view data, std::uint32_t seed = 0);

// The same by table, on any CPU: what crc32c() falls back to, and what tests compare it with.
std::uint32_t crc32c_portable(std::string_view data, std::uint32_t seed = 0);

}  // namespace ox
