#pragma once
// Internal to common/ingest/stream. What the connections and receivers of a server share; all of it
// belongs to the engine's thread.
#include <memory>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/ingest/event_gate.h"
#include "common/ingest/stream/event_outlet.h"
#include "common/ingest/stream/stream_loop.h"
#include "common/ingest/stream/stream_server.h"

namespace ox {

class ServedConnection;

struct StreamContext {
  // One read takes up to kReadBytes; in front of it there is room for what a session left over.
  static constexpr std::size_t kReadBytes = 256 << 10;
  static constexpr std::size_t kRestBytes = 64 << 10;

  const StreamServerOptions& options;
  EventGate& gate;
  StreamLoop& loop;
  EventOutlet& outlet;
  Counter& bytes;
  Counter& errors;
  LogLimiter limiter;
  const Clock& clock = Clock::system();
  std::vector<char> buffer = std::vector<char>(kRestBytes + kReadBytes);
  // Get their turn when the round is over.
  std::vector<std::shared_ptr<ServedConnection>> touched;
};

}  // namespace ox
