#pragma once
// Figures as people read them. All accept anything a peer may have sent: huge, negative, not a
// number.
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.h"

namespace ox {

std::string format_count(std::uint64_t n);  // "1,234,567"
// Three or four digits, powers of 1000: "0", "0.5", "12", "20.1k", "1.5M".
std::string format_short(double n);
std::string format_bytes(double bytes);  // "3.2 MiB"
// "12 ms", "1.2 s", "5m 12s", "3h 02m", "2d 3h".
std::string format_seconds(double seconds);
// Unix seconds as local date and time, the way Python prints a datetime; "?" far outside the
// calendar.
std::string format_unix_time(double seconds);
// Whole seconds from `then` (Unix seconds) to `now`, rounded towards zero.
std::int64_t seconds_since(double then, WallTime now);

// "-" for what is not known.
inline constexpr const char* kUnknown = "-";

template <typename T, typename F>
std::string or_unknown(const std::optional<T>& value, F format) {
  return value ? format(*value) : std::string(kUnknown);
}

}  // namespace ox
