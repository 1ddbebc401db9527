#pragma once
// Snappy's block format (github.com/google/snappy, format_description.txt), which Loki's clients
// compress their protobuf with.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

// What `block` holds. Its length is in front of it: nothing is taken of memory for one that is over
// `most`, or that this block cannot hold. Errors: kTooLarge, kCorrupt.
Result<std::string> uncompress_snappy(std::string_view block, std::uint64_t most);

}  // namespace ox
