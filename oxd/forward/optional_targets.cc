#include "oxd/forward/optional_targets.h"

#include <algorithm>

#include <fmt/format.h>

namespace ox {

Status check_optional(const std::vector<Target>& targets, ForwardMode mode) {
  if (mode == ForwardMode::kCopy) return ok_status();
  for (const Target& target : targets)
    if (target.optional)
      return Status(
          Code::kInvalid,
          fmt::format("{}: a target can be optional with --forward-mode copy only", target.text()));
  return ok_status();
}

Status check_targets(const std::vector<Target>& targets, ForwardMode mode, bool writes_files) {
  OX_RETURN_IF_ERROR(check_optional(targets, mode));
  bool all_optional = std::all_of(targets.begin(), targets.end(),
                                  [](const Target& target) { return target.optional; });
  if (targets.empty() || writes_files || !all_optional) return ok_status();
  return Status(Code::kInvalid,
                "all targets are optional: without --log-path one at least must not be");
}

}  // namespace ox
