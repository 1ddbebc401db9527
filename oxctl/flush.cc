#include "oxctl/commands.h"
#include "proto/control.h"

namespace ox {

// The node itself gives up after 30 seconds and says so; that answer must be waited for.
static constexpr Millis kFlushTimeout{35'000};

int run_flush(Session& session) {
  return session.ask(
      encode_control_request(control::kFlush),
      [&](const ControlReply&) -> Result<std::string> {
        return session.host_text() + " has flushed all it had\n";
      },
      kFlushTimeout);
}

}  // namespace ox
