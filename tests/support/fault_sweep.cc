#include "tests/support/fault_sweep.h"

#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ox {
namespace {

using Op = SimulatedDisk::Op;
using Effect = SimulatedDisk::Effect;

constexpr const char* kOpNames[] = {"open",   "create", "read",           "write", "truncate",
                                    "sync",   "info",   "close",          "mkdir", "list",
                                    "unlink", "rename", "directory sync", "lock"};
constexpr const char* kEffectNames[] = {"EIO", "ENOSPC", "a part of", "EINTR"};

bool moves_bytes(Op op) { return op == Op::kRead || op == Op::kWrite; }

}  // namespace

std::vector<SimulatedDisk::Fault> every_fault(const std::vector<SimulatedDisk::Call>& calls) {
  std::vector<SimulatedDisk::Fault> faults;
  std::map<std::pair<Op, std::string>, std::uint64_t> seen;
  for (const SimulatedDisk::Call& call : calls) {
    std::uint64_t nth = ++seen[{call.op, call.path}];
    for (Effect effect : {Effect::kEio, Effect::kNoSpace, Effect::kShort, Effect::kInterrupted}) {
      if (effect == Effect::kShort && !moves_bytes(call.op)) continue;
      if (effect == Effect::kNoSpace && !SimulatedDisk::changes_disk(call.op)) continue;
      faults.push_back({call.op, call.path, nth, 1, effect, true});
    }
  }
  return faults;
}

std::string describe(const SimulatedDisk::Fault& fault) {
  return fmt::format("{} at {} {} of {}", kEffectNames[static_cast<std::size_t>(fault.effect)],
                     kOpNames[static_cast<std::size_t>(fault.op.value())], fault.nth,
                     fault.path_part);
}

std::uint64_t rounds(std::uint64_t everyday, std::uint64_t in_the_long_tier) {
  const char* tier = std::getenv("OX_FAULT_TIER");
  return tier != nullptr && std::string_view(tier) == "long" ? in_the_long_tier : everyday;
}

}  // namespace ox
