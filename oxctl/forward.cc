#include "oxctl/commands.h"
#include "oxctl/status_view.h"
#include "oxctl/terminal.h"

namespace ox {

int run_forward(Session& session) {
  const CtlOptions& options = session.options();
  return session.ask(encode_forward_request(options.op, options.targets),
                     [](const ControlReply& reply) -> Result<std::string> {
                       return render_targets(reply.map(), plain_layout());
                     });
}

}  // namespace ox
