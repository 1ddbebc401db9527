#pragma once
// The options of Fluent Forward, of JSON over TCP and UDP, and of Beats.
#include <span>

#include "oxingest/stream_kinds.h"

namespace ox {

std::span<const StreamKind> feed_kinds();

}  // namespace ox
