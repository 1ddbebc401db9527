#pragma once
// What became of reading from, or writing to, a non-blocking connection.
#include <cstddef>

namespace ox {

enum class StreamState {
  kOk,
  kWantRead,   // nothing more until the socket is readable
  kWantWrite,  // ... writable
  kEnd,        // the peer sends no more
  kError,      // reset, or broken TLS
};

struct StreamResult {
  std::size_t bytes = 0;
  StreamState state = StreamState::kOk;
};

}  // namespace ox
