#pragma once
// A fuzz target feeds one input to one decoder and aborts (OX_CHECK) when a promise of it is
// broken. With libFuzzer (preset asan) the input is hunted for; in every other build replay.cc
// feeds the target its corpus, as the ctest fuzz.<target>.corpus.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/status.h"

namespace ox {

// Defined once per target. `input` is gone when it returns.
void fuzz(std::string_view input);

}  // namespace ox
