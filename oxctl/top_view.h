#pragma once
// What `oxctl top` shows: a row for each node, then a row for each type, the busiest first.
// Nothing here does I/O.
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "oxctl/node_status.h"
#include "oxctl/rates.h"
#include "oxctl/table.h"

namespace ox {

struct TopNode {
  std::string address;               // that was asked
  std::optional<NodeStatus> status;  // the last one that came
  NodeRates rates;
  bool unreachable = false;
  std::string why;  // printable; why it is unreachable, or how long it has been silent
};

// Lines without newlines, none wider than layout.width and at most layout.height of them.
// `headline` is the first.
std::vector<std::string> render_top(const std::string& headline, const std::vector<TopNode>& nodes,
                                    WallTime now, const Layout& layout);

}  // namespace ox
