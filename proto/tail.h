#pragma once
// The tail stream: live events with what a reader needs to notice a gap and to join live events on
// to files. A message is three frames: type, body, and the position frame below (proto/README.md,
// "Tail"). The plain BlueOx stream is the first two frames alone.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/uuid.h"

namespace ox {

struct TailPosition {
  Uuid boot_id;                   // of the node; sequences start again with a new one
  std::uint64_t sequence = 0;     // of this type since that boot, from 1: a jump is a gap
  std::uint64_t file_offset = 0;  // where the body begins in `file`; only with a file
  std::string file;               // path below the log directory; "" on a node that writes none
};

std::string encode_tail_position(const TailPosition& position);
Result<TailPosition> decode_tail_position(std::string_view frame);

}  // namespace ox
