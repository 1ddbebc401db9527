#pragma once
// The command line, environment and configuration file of oxd.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/quantity.h"
#include "common/link/target.h"
#include "common/spool/intake.h"
#include "oxd/forward_mode.h"
#include "oxd/write/log_keeper.h"
#include "proto/sealer.h"

namespace ox {

struct DaemonOptions {
  Address control = Address::tcp("127.0.0.1", kControlPort);
  Address collect = Address::tcp("127.0.0.1", kCollectPort);
  std::optional<Address> link;  // absent: beside collect, one port above
  std::vector<Target> forward;  // in order of preference
  ForwardMode forward_mode = ForwardMode::kFailover;
  InDoubt in_doubt = InDoubt::kMove;
  std::string log_path;  // "" = writes no files
  int rotate_hours = 0;  // 0 = daily
  // Of log files whose day is over: see LogKeeperOptions.
  Micros compress_after{-1};  // negative: never
  int retain_days = 0;        // 0: for ever
  std::uint64_t retain_bytes = kUnlimited;
  int stream_first = 35000;
  int stream_end = 36000;  // not included

  std::string spool_path;  // "" = in memory, but beside the log files on a node that writes some
  std::uint64_t spool_memory = 512 * kMiB;
  std::uint64_t spool_disk = kUnlimited;
  SyncMode sync = SyncMode::kCommit;
  WhenFull when_full = WhenFull::kBlock;
  std::uint64_t batch_bytes = kDefaultBatchBytes;
  Micros batch_delay = Millis(5);
  Micros linger = Seconds(5);
  std::uint64_t max_event_size = 4 * kMiB;
  std::uint64_t max_types = 10'000;

  std::string node_name;  // this machine's name unless given
  std::string state_dir;  // "" = the node's identity is kept only beside its spool
  std::string
      dead_letter_path;  // "" = beside the spool on disk; without one, refused batches are held
  bool require_auth = false;
  bool no_remote_shutdown = false;
  bool print_ports = false;
  LogLevel log_level = LogLevel::kWarning;

  std::vector<std::string> warnings;  // about the configuration, for the log and for STATUS

  // Where the link listens; may be "off".
  Address link_address() const;
  // Where the spool is on disk; "" when it is in memory.
  std::string spool_directory() const;
  LogKeeperOptions keep_options() const;
  // Where refused batches are kept; "" when nowhere.
  std::string dead_letter_directory() const;
};

std::string_view when_full_name(WhenFull policy);  // "block", "drop-oldest", "drop-newest"

// Nothing: go on with `out`. Otherwise the exit code; what there is to say was said, errors in one
// line on stderr.
std::optional<int> parse_options(int argc, const char* const* argv, DaemonOptions& out);

}  // namespace ox
