#include "oxd/forward/failover.h"

namespace ox {

std::optional<std::size_t> choose_target(const std::vector<TargetPresence>& targets,
                                         std::optional<std::size_t> owner, MonoTime now,
                                         Micros patience) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < targets.size() && !first; ++i)
    if (targets[i].connected) first = i;
  if (!first) return owner;
  if (owner && targets[*owner].connected) return first;
  auto may_return = [&](std::size_t i) {
    return !targets[i].connected && now - targets[i].since < patience;
  };
  if (owner && may_return(*owner)) return owner;
  for (std::size_t i = 0; i < *first; ++i)
    if (may_return(i)) return owner;
  return first;
}

}  // namespace ox
