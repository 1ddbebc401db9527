#pragma once
// The command line of oxctl.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/quantity.h"
#include "proto/type_pattern.h"

namespace ox {

// oxctl spool
struct SpoolArguments {
  std::string op;  // inspect, verify or export
  std::string directory;
  bool json = false;        // inspect
  std::string from_cursor;  // export; "" = everything
  std::string type;         // export; "" = all types
};

// oxctl store
struct StoreArguments {
  std::string op;  // cat, prune, reindex, verify or zip
  std::string directory;
  bool all = false;                         // reindex: those that are right, too
  std::string spool_path;                   // prune, zip; "": in the log path
  int retain_days = 0;                      // prune; 0: for ever
  std::uint64_t retain_bytes = kUnlimited;  // prune
  TypePattern type;                         // cat
  WallTime first = WallTime::min() / 2;     // cat; both inclusive
  WallTime last = WallTime::max() / 2;
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
  StoreArguments store;
};

// Nothing: go on. Otherwise the exit code: help was printed, or one line on stderr.
std::optional<int> parse_ctl_options(int argc, const char* const* argv, CtlOptions& out);

}  // namespace ox
