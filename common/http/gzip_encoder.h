#pragma once
// Answers compressed with gzip (RFC 1952).
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

// Error: kNoSpace. Takes some 20 ms for a MiB: not on an I/O thread.
Result<std::string> gzip_encode(std::string_view bytes, int level = 6);

}  // namespace ox
