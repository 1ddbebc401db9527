#pragma once
// The options of syslog.
#include <span>

#include "oxingest/stream_kinds.h"

namespace ox {

std::span<const StreamKind> syslog_kinds();

}  // namespace ox
