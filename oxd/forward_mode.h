#pragma once

namespace ox {

// What several forward targets are to each other; see oxd/forward/forward_outputs.h.
enum class ForwardMode { kFailover, kCopy, kShard };

}  // namespace ox
