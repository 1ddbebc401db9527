#include "oxctl/units.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/base/quantity.h"

namespace ox {
namespace {

// From year 1 to year 9999: what a calendar date can show.
constexpr double kFirstSecond = -62'135'510'400.0;
constexpr double kLastSecond = 253'402'214'400.0;

}  // namespace

std::string format_count(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string format_short(double n) {
  if (!std::isfinite(n)) return kUnknown;
  if (n < 0) return "-" + format_short(-n);
  if (n < 0.05) return "0";
  if (n < 9.95) return fmt::format("{:.1f}", n);
  if (n < 999.5) return fmt::format("{:.0f}", n);
  constexpr std::array<char, 6> kNames = {'k', 'M', 'G', 'T', 'P', 'E'};
  for (char name : kNames) {
    n /= 1000;
    if (n < 99.95) return fmt::format("{:.1f}{}", n, name);
    if (n < 999.5) return fmt::format("{:.0f}{}", n, name);
  }
  return fmt::format("{:.1e}", n * 1e18);
}

std::string format_bytes(double bytes) {
  if (!std::isfinite(bytes) || bytes < 0) return kUnknown;
  if (bytes >= 9e18) return fmt::format("{:.1e} B", bytes);
  return format_size(static_cast<std::uint64_t>(std::llround(bytes)));
}

std::string format_seconds(double seconds) {
  if (!std::isfinite(seconds)) return kUnknown;
  if (seconds < 0) return "-" + format_seconds(-seconds);
  if (seconds < 0.0005) return "0 s";
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  if (seconds > 1e15) return fmt::format("{:.1e} s", seconds);
  const std::int64_t s = std::llround(seconds);
  if (s < 3600) return fmt::format("{}m {:02}s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}h {:02}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d {}h", s / 86400, s / 3600 % 24);
}

std::string format_unix_time(double seconds) {
  if (!(seconds > kFirstSecond && seconds < kLastSecond)) return "?";
  return format_local(WallTime(std::llround(seconds * 1e6)));
}

std::int64_t seconds_since(double then, WallTime now) {
  const double age = to_seconds(now) - then;
  if (!(std::fabs(age) < 9e18)) return 0;
  return static_cast<std::int64_t>(age);
}

}  // namespace ox
