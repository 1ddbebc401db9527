#pragma once
// Sizes and durations as people write them in options: "64KiB", "1GB", "5ms", "7d".
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;
// What "unlimited" means as a size.
inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

// A number with an optional fraction and one of B, kB/KB/MB/GB/TB (powers of 1000), K/M/G/T and
// KiB/MiB/GiB/TiB (powers of 1024); no suffix means bytes. "unlimited" is kUnlimited.
Result<std::uint64_t> parse_size(std::string_view text);

// A number with an optional fraction and one of us, ms, s, m, h, d; no suffix means seconds.
Result<Micros> parse_duration(std::string_view text);

std::string format_size(std::uint64_t bytes);  // "1.5 MiB"
std::string format_duration(Micros d);         // "5ms", "1.5s", "7d"

}  // namespace ox
