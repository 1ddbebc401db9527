#pragma once
// What `oxctl status` and `oxctl forward` print. Nothing here does I/O.
#include <string>
#include <string_view>

#include <msgpack.hpp>

#include "common/base/clock.h"
#include "oxctl/node_status.h"
#include "oxctl/table.h"

namespace ox {

// The text of BlueOx's oxctl, character for character, then what a newer oxd adds. `host` is the
// address that was asked.
std::string render_status(std::string_view host, const NodeStatus& status, WallTime now,
                          const Layout& layout);

// The targets of a FORWARD reply.
std::string render_targets(const msgpack::object& reply, const Layout& layout);

}  // namespace ox
