#include "common/ingest/model/level.h"

#include <array>
#include <charconv>
#include <cmath>

#include "common/ingest/model/text.h"

namespace ox {
namespace {

struct Name {
  std::string_view name;
  int level;
};

// In the order in which names are worth looking for.
constexpr Name kNames[] = {
    {"info", kLevelInfo},           {"error", kLevelError},     {"warning", kLevelWarning},
    {"warn", kLevelWarning},        {"debug", kLevelDebug},     {"critical", kLevelCritical},
    {"notice", kLevelNotice},       {"err", kLevelError},       {"crit", kLevelCritical},
    {"fatal", kLevelCritical},      {"alert", kLevelAlert},     {"emerg", kLevelEmergency},
    {"emergency", kLevelEmergency}, {"panic", kLevelEmergency}, {"extreme", kLevelAlert},
    {"severe", kLevelError},        {"ok", kLevelNotice},       {"informational", kLevelInfo},
    {"information", kLevelInfo},    {"trace", kLevelTrace},     {"verbose", kLevelDebug},
    {"fine", kLevelDebug},          {"finer", kLevelTrace},     {"finest", kLevelTrace},
    {"notset", kLevelNotSet},
};

struct Step {
  int level;
  std::string_view name;
  std::string_view word;
  int severity;
};

constexpr std::array<Step, 10> kSteps = {{
    {kLevelEmergency, "EMERGENCY", "emergency", 0},
    {kLevelAlert, "ALERT", "alert", 1},
    {kLevelCritical, "CRITICAL", "critical", 2},
    {kLevelError, "ERROR", "error", 3},
    {kLevelWarning, "WARNING", "warning", 4},
    {kLevelNotice, "NOTICE", "notice", 5},
    {kLevelInfo, "INFO", "info", 6},
    {kLevelDebug, "DEBUG", "debug", 7},
    {kLevelTrace, "TRACE", "trace", 7},
    {kLevelNotSet, "NOTSET", "notset", 7},
}};

const Step& step_of(int level) {
  for (const Step& step : kSteps)
    if (level >= step.level) return step;
  return kSteps.back();
}

// OpenTelemetry's four steps of each word: the first is the word's own level, INFO2 to INFO4 are
// what its log data model gives syslog's notice, and FATAL2 and up are worse than critical.
int from_otlp(std::int64_t number) {
  if (number <= 4) return kLevelTrace;
  if (number <= 8) return kLevelDebug;
  if (number == 9) return kLevelInfo;
  if (number <= 12) return kLevelNotice;
  if (number <= 16) return kLevelWarning;
  if (number <= 20) return kLevelError;
  if (number == 21) return kLevelCritical;
  return number == 22 ? kLevelAlert : kLevelEmergency;
}

}  // namespace

std::optional<int> level_from_number(std::int64_t number, LevelScale scale) {
  switch (scale) {
    case LevelScale::kPython:
      if (number < 0 || number > 255) return std::nullopt;
      return static_cast<int>(number);
    case LevelScale::kSyslog: {
      if (number < 0 || number > 7) return std::nullopt;
      return kSteps[static_cast<std::size_t>(number)].level;
    }
    case LevelScale::kEventlogOld: {
      constexpr int kOld[] = {kLevelTrace,   kLevelDebug, kLevelNotSet,   kLevelInfo, kLevelNotice,
                              kLevelWarning, kLevelError, kLevelCritical, kLevelAlert};
      if (number < -4 || number > 4) return std::nullopt;
      return kOld[number + 4];
    }
    case LevelScale::kOtlp:
      if (number < 1 || number > 24) return std::nullopt;
      return from_otlp(number);
  }
  return std::nullopt;
}

std::optional<int> level_from_name(std::string_view name) {
  name = trimmed(name);
  for (const Name& known : kNames)
    if (equal_ignoring_case(known.name, name)) return known.level;
  return std::nullopt;
}

std::optional<int> level_from(RawValue token, LevelScale scale) {
  if (auto text = token.as_text()) {
    std::string_view word = trimmed(*text);
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (!word.empty() && error == std::errc() && end == word.data() + word.size())
      return level_from_number(number, scale);
    return level_from_name(word);
  }
  if (auto number = token.as_int()) return level_from_number(*number, scale);
  if (token.kind() == RawValue::Kind::kFloat) {
    double number = *token.as_number();
    if (std::fabs(number) <= 255 && number == std::trunc(number))
      return level_from_number(static_cast<std::int64_t>(number), scale);
  }
  return std::nullopt;
}

std::string_view level_name(int level) { return step_of(level).name; }
std::string_view level_word(int level) { return step_of(level).word; }
int syslog_severity(int level) { return step_of(level).severity; }

}  // namespace ox
