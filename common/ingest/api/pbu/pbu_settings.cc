#include "common/ingest/api/pbu/pbu_settings.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "common/base/ascii.h"

namespace ox {
namespace {

constexpr const char* kUsualFolder = "./_logs";
constexpr const char* kUsualLevels = "INFO,ERROR";

void read_levels(std::string_view list, PbuSettings& out) {
  bool any = false;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (name.empty()) continue;
    if (auto level = parse_pbu_level(name)) {
      if (!out.enabled[*level]) out.in_order.push_back(*level);
      out.enabled[*level] = true;
      any = true;
    } else {
      out.warnings.push_back(fmt::format(
          "ENABLED_LOG_LEVELS: '{}' is none of DEBUG, INFO, WARNING and ERROR: it is left out",
          name));
    }
  }
  if (!any)
    out.warnings.emplace_back(
        "ENABLED_LOG_LEVELS: no level is left: no record of /api/log is kept");
}

std::optional<bool> yes_or_no(std::string_view text) {
  for (std::string_view word : {"1", "true", "yes", "on"})
    if (equal_ignoring_case(text, word)) return true;
  for (std::string_view word : {"0", "false", "no", "off"})
    if (equal_ignoring_case(text, word)) return false;
  return std::nullopt;
}

}  // namespace

Result<PbuSettings> PbuSettings::read(
    const std::function<std::optional<std::string>(const char*)>& variable, bool own_listener) {
  PbuSettings out;
  out.log_folder = variable("LOG_FOLDER").value_or("");
  if (out.log_folder.empty() && own_listener) out.log_folder = kUsualFolder;

  const std::string naming = variable("PBU_FILE_NAMING").value_or("");
  if (naming == "dated") {
    out.layout = PbuLayout::kDated;
  } else if (!naming.empty() && naming != "seed") {
    return Status(Code::kInvalid,
                  fmt::format("PBU_FILE_NAMING: '{}' is neither seed nor dated", naming));
  }

  std::string levels = variable("ENABLED_LOG_LEVELS").value_or("");
  if (levels.empty() && !out.log_folder.empty()) levels = kUsualLevels;
  if (levels.empty()) {
    for (PbuLevel level : kEveryPbuLevel) out.enabled[level] = true;
    out.in_order.assign(kEveryPbuLevel.rbegin(), kEveryPbuLevel.rend());
  } else {
    read_levels(levels, out);
  }

  const std::string store = variable("PBU_STORE_DISABLED").value_or("");
  if (!store.empty()) {
    auto answer = yes_or_no(store);
    if (!answer)
      return Status(Code::kInvalid,
                    fmt::format("PBU_STORE_DISABLED: '{}' is neither 1 nor 0", store));
    out.store_disabled = *answer;
  }
  return out;
}

}  // namespace ox
