#include "common/ingest/api/pbu/pbu_level.h"

#include "common/base/ascii.h"
#include "common/ingest/model/level.h"

namespace ox {

PbuLevel pbu_level(std::int64_t number) {
  if (number >= kLevelError) return PbuLevel::kError;
  if (number >= kLevelWarning) return PbuLevel::kWarning;
  return number >= kLevelInfo ? PbuLevel::kInfo : PbuLevel::kDebug;
}

std::optional<PbuLevel> parse_pbu_level(std::string_view name) {
  for (PbuLevel level : kEveryPbuLevel)
    for (PbuLayout layout : {PbuLayout::kSeed, PbuLayout::kDated})
      if (equal_ignoring_case(name, pbu_level_name(level, layout))) return level;
  return std::nullopt;
}

std::string_view pbu_level_name(PbuLevel level, PbuLayout layout) {
  switch (level) {
    case PbuLevel::kDebug:
      return "DEBUG";
    case PbuLevel::kInfo:
      return "INFO";
    case PbuLevel::kWarning:
      return layout == PbuLayout::kDated ? "WARN" : "WARNING";
    case PbuLevel::kError:
      return "ERROR";
  }
  return "";
}

std::string_view pbu_file_stem(PbuLevel level, PbuLayout layout) {
  switch (level) {
    case PbuLevel::kDebug:
      return "debug";
    case PbuLevel::kInfo:
      return "info";
    case PbuLevel::kWarning:
      return layout == PbuLayout::kDated ? "warn" : "warning";
    case PbuLevel::kError:
      return "error";
  }
  return "";
}

}  // namespace ox
