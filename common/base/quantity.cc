#include "common/base/quantity.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace ox {
namespace {

// Splits "1.5GiB" into 1.5 and "GiB"; false when there is no number in front.
bool split_number(std::string_view text, double& number, std::string_view& suffix) {
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || number < 0) return false;
  suffix = std::string_view(rest, static_cast<std::size_t>(end - rest));
  while (!suffix.empty() && suffix.front() == ' ') suffix.remove_prefix(1);
  return true;
}

constexpr std::array<std::pair<std::string_view, double>, 15> kSizeSuffixes = {{
    {"", 1.0},
    {"B", 1.0},
    {"kB", 1e3},
    {"KB", 1e3},
    {"MB", 1e6},
    {"GB", 1e9},
    {"TB", 1e12},
    {"K", 1024.0},
    {"M", 1048576.0},
    {"G", 1073741824.0},
    {"T", 1099511627776.0},
    {"KiB", 1024.0},
    {"MiB", 1048576.0},
    {"GiB", 1073741824.0},
    {"TiB", 1099511627776.0},
}};

constexpr std::array<std::pair<std::string_view, double>, 7> kDurationSuffixes = {{
    {"", 1e6},
    {"us", 1.0},
    {"ms", 1e3},
    {"s", 1e6},
    {"m", 60e6},
    {"h", 3600e6},
    {"d", 86400e6},
}};

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  if (text == "unlimited") return kUnlimited;
  double number = 0;
  std::string_view suffix;
  if (split_number(text, number, suffix)) {
    for (const auto& [name, factor] : kSizeSuffixes) {
      if (name != suffix) continue;
      double bytes = number * factor;
      if (bytes < 9e18) return static_cast<std::uint64_t>(bytes);
    }
  }
  return Status(Code::kInvalid, fmt::format("'{}' is not a size: write it like 64KiB, 1GB or "
                                            "unlimited",
                                            text));
}

Result<Micros> parse_duration(std::string_view text) {
  double number = 0;
  std::string_view suffix;
  if (split_number(text, number, suffix)) {
    for (const auto& [name, factor] : kDurationSuffixes) {
      if (name != suffix) continue;
      double micros = number * factor;
      if (micros < 9e18) return Micros(static_cast<std::int64_t>(micros));
    }
  }
  return Status(Code::kInvalid,
                fmt::format("'{}' is not a duration: write it like 5ms, 10s or 7d", text));
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == kUnlimited) return "unlimited";
  static constexpr std::array<const char*, 4> kNames = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  value /= 1024;
  while (value >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kNames[unit]);
}

std::string format_duration(Micros d) {
  static constexpr std::array<std::pair<std::int64_t, const char*>, 5> kUnits = {
      {{86400'000'000, "d"},
       {3600'000'000, "h"},
       {60'000'000, "m"},
       {1'000'000, "s"},
       {1000, "ms"}}};
  std::int64_t micros = d.count();
  for (const auto& [size, name] : kUnits) {
    if (micros >= size && micros % size == 0) return fmt::format("{}{}", micros / size, name);
  }
  if (micros >= 1'000'000) return fmt::format("{:.1f}s", static_cast<double>(micros) / 1e6);
  if (micros >= 1000) return fmt::format("{:.1f}ms", static_cast<double>(micros) / 1e3);
  return fmt::format("{}us", micros);
}

}  // namespace ox
