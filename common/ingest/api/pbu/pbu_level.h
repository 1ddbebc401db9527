#pragma once
// The four levels that the PBU log server knows. Every record belongs to one of them, each of which
// has a file of its own.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ox {

enum class PbuLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
inline constexpr std::size_t kPbuLevels = 4;

// What the files are called, and how their lines look: the log server has changed both.
enum class PbuLayout {
  kSeed,   // info.log, renamed to info.log.2024-09-02 at midnight
  kDated,  // info_2024-09-02.log
};

// The one at or below the number: 50 (CRITICAL) is an error, 15 is debug.
PbuLevel pbu_level(std::int64_t number);
// DEBUG, INFO, WARNING (or WARN), ERROR, in any case. Nothing for others.
std::optional<PbuLevel> parse_pbu_level(std::string_view name);

// "WARN" in lines of the dated layout, and "WARNING" in the others; in lower case what the files
// begin with.
std::string_view pbu_level_name(PbuLevel level, PbuLayout layout);
std::string_view pbu_file_stem(PbuLevel level, PbuLayout layout);

// Something for each level.
template <typename T>
class PbuLevelMap {
 public:
  T& operator[](PbuLevel level) { return values_[static_cast<std::size_t>(level)]; }
  const T& operator[](PbuLevel level) const { return values_[static_cast<std::size_t>(level)]; }

 private:
  std::array<T, kPbuLevels> values_{};
};

inline constexpr std::array<PbuLevel, kPbuLevels> kEveryPbuLevel = {
    PbuLevel::kDebug, PbuLevel::kInfo, PbuLevel::kWarning, PbuLevel::kError};

}  // namespace ox
