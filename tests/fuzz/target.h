#pragma once
// A fuzz target feeds one input to one decoder and aborts (OX_CHECK) when a promise of it is broken. The
// targets of one library make one program, which has a name for each of them and is the one it is called
// by. With libFuzzer (preset asan) the input is hunted for; in every other build replay.cc feeds the target
// its corpus, as the ctest fuzz.<target>.corpus.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/status.h"

namespace ox {

// Feeds one input to a target. The input is gone when it returns.
using FuzzTarget = void (*)(std::string_view input);

// Makes a target known by its name; `name` is kept as it is given. Called before main().
bool add_fuzz_target(std::string_view name, FuzzTarget target);

// The target whose program is called as `program` ("/somewhere/fuzz_batch"); null when there is none.
FuzzTarget fuzz_target_of(std::string_view program);

}  // namespace ox

// Defines a target, in the namespace ox::fuzz_<name>: OX_FUZZ_TARGET(batch, std::string_view input) { ... }
#define OX_FUZZ_TARGET(name, parameter)                                                       \
  static void run_fuzz_target(parameter);                                                     \
  [[maybe_unused]] static const bool target_known = add_fuzz_target(#name, &run_fuzz_target); \
  static void run_fuzz_target(parameter)
