#include "common/ingest/stream/python_pickle.h"

#include <cstdint>

#include "common/base/bytes.h"

namespace ox {

bool begins_like_pickle(std::string_view bytes) {
  constexpr std::uint32_t kLongest = 16 << 20;
  if (bytes.size() < kPickleMarkBytes) return false;
  const auto length = load_be<std::uint32_t>(bytes.data());
  if (length < 2 || length > kLongest) return false;
  // Protocols 0 and 1 have no header: MARK and DICT, or EMPTY_DICT and BINPUT. From 2 on there is
  // PROTO and its number.
  return (bytes[4] == '}' && bytes[5] == 'q') || (bytes[4] == '(' && bytes[5] == 'd') ||
         (bytes[4] == '\x80' && bytes[5] >= 2 && bytes[5] <= 5);
}

}  // namespace ox
