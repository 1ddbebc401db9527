#pragma once
// The form of dates in HTTP (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
#include <string>

#include "common/base/clock.h"

namespace ox {

std::string http_date(WallTime t);

}  // namespace ox
