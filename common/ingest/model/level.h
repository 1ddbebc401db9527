#pragma once
// How severe an event is, on one scale for all sources: Python's, with four more steps
// (docs/events.md has the table). 70 emergency, 60 alert, 50 critical, 40 error, 30 warning,
// 25 notice, 20 info, 10 debug, 5 trace, 0 not set. Python's own levels in between stay as they are.
#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/raw_value.h"

namespace ox {

inline constexpr int kLevelEmergency = 70;
inline constexpr int kLevelAlert = 60;
inline constexpr int kLevelCritical = 50;
inline constexpr int kLevelError = 40;
inline constexpr int kLevelWarning = 30;
inline constexpr int kLevelNotice = 25;
inline constexpr int kLevelInfo = 20;
inline constexpr int kLevelDebug = 10;
inline constexpr int kLevelTrace = 5;
inline constexpr int kLevelNotSet = 0;

// What the numbers of a source mean.
enum class LevelScale {
  kPython,       // as they are, 0 to 255
  kSyslog,       // 0 emergency to 7 debug
  kEventlogOld,  // version <= 0.9: 4 extreme, 3, 2 error, 1, 0 ok, -1 info, -2 not set, -3, -4 trace
  kOtlp,         // SeverityNumber 1 to 24; 0 is unset
};

// The canonical level of a number; nothing when the scale does not have it.
std::optional<int> level_from_number(std::int64_t number, LevelScale scale);

// The canonical level of a name: "WARNING", "warn", "err", "crit", "fatal", "panic", "notice", "ok",
// "informational", "verbose", "trace", ... in any case, blanks around it ignored. Nothing for others.
std::optional<int> level_from_name(std::string_view name);

// Whichever the value is: a number by `scale` (floats without a fraction, too), a name, or digits as
// text, which mean the number.
std::optional<int> level_from(RawValue token, LevelScale scale);

// "ERROR": the name of the canonical level at or below `level`, which may be any number.
std::string_view level_name(int level);
// "error": the same in lower case.
std::string_view level_word(int level);

// 0 emergency to 7 debug, the nearest at or below.
int syslog_severity(int level);

}  // namespace ox
