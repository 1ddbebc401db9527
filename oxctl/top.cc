#include "oxctl/commands.h"
#include "oxctl/top_loop.h"

namespace ox {

int run_top(Session& session) { return TopLoop(session).run(); }

}  // namespace ox
