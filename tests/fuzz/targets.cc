#include <map>

#include "tests/fuzz/target.h"

namespace ox {
namespace {

// Made by the first target that makes itself known, whichever that is.
std::map<std::string_view, FuzzTarget>& targets() {
  static std::map<std::string_view, FuzzTarget> all;
  return all;
}

}  // namespace

bool add_fuzz_target(std::string_view name, FuzzTarget target) {
  bool added = targets().emplace(name, target).second;
  OX_CHECK(added);
  return added;
}

FuzzTarget fuzz_target_of(std::string_view program) {
  static constexpr std::string_view kPrefix = "fuzz_";
  program.remove_prefix(program.rfind('/') + 1);
  if (!program.starts_with(kPrefix)) return nullptr;
  auto found = targets().find(program.substr(kPrefix.size()));
  return found == targets().end() ? nullptr : found->second;
}

}  // namespace ox
