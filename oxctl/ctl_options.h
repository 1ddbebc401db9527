#pragma once
// The command line of oxctl.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"

namespace ox {

// oxctl spool
struct SpoolArguments {
  std::string op;  // inspect, verify or export
  std::string directory;
  bool json = false;        // inspect
  std::string from_cursor;  // export; "" = everything
  std::string type;         // export; "" = all types
};

struct CtlOptions {
  std::vector<Address> hosts;  // at least one; several only for top
  bool raw = false;
  std::string command = "status";
  std::string op = "list";           // forward
  std::vector<std::string> targets;  // forward
  std::string level;                 // log-level; "" asks
  std::uint64_t rounds = 0;          // top; 0 = until interrupted
  Micros interval = Seconds(1);      // top
  SpoolArguments spool;
};

// Nothing: go on. Otherwise the exit code: help was printed, or one line on stderr.
std::optional<int> parse_ctl_options(int argc, const char* const* argv, CtlOptions& out);

}  // namespace ox
