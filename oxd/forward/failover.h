#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "common/base/clock.h"

namespace ox {

struct TargetPresence {
  bool connected = false;
  MonoTime since{};  // since when it is so
};

// Which of the targets, in order of preference, should get the batches now. The first that is
// connected; but one that is less preferred only after those before it, the present owner among
// them, have been away for `patience`: a restart is no reason to move. Nothing when none can.
std::optional<std::size_t> choose_target(const std::vector<TargetPresence>& targets,
                                         std::optional<std::size_t> owner, MonoTime now,
                                         Micros patience);

}  // namespace ox
