#include "oxctl/commands.h"
#include "oxctl/status_view.h"
#include "oxctl/terminal.h"
#include "proto/control.h"

namespace ox {

int run_status(Session& session) {
  return session.ask(encode_control_request(control::kStatus),
                     [&](const ControlReply& reply) -> Result<std::string> {
                       return render_status(session.host_text(), NodeStatus::of(reply.map()),
                                            Clock::system().wall(), plain_layout());
                     });
}

}  // namespace ox
