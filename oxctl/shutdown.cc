#include "oxctl/commands.h"
#include "proto/control.h"

namespace ox {

int run_shutdown(Session& session) {
  return session.ask(encode_control_request(control::kShutdown),
                     [&](const ControlReply&) -> Result<std::string> {
                       return session.host_text() + " is shutting down\n";
                     });
}

}  // namespace ox
