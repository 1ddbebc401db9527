#pragma once
#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace ox {

// A free TCP port on `host` ("*" is every interface) whose next higher one is free as well. Another
// process may take them before they are bound: then ask again. Error: kUnavailable.
Result<std::uint16_t> free_port_pair(const std::string& host);

}  // namespace ox
