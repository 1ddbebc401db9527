#pragma once
#include <optional>
#include <string>

#include "common/base/clock.h"

namespace ox {

// "2017-07-14T02:40:00.250Z": always 24 characters; "-" and blanks for no time.
void append_short_time(std::string& out, const std::optional<WallTime>& time);

}  // namespace ox
