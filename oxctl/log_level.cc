#include "oxctl/commands.h"
#include "oxctl/node_status.h"

namespace ox {

int run_log_level(Session& session) {
  return session.ask(encode_log_level_request(session.options().level),
                     [](const ControlReply& reply) -> Result<std::string> {
                       const std::string level = shown_text(reply.map(), "level");
                       if (level.empty()) return Status(Code::kCorrupt, "the reply has no level");
                       return level + "\n";
                     });
}

}  // namespace ox
