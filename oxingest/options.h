#pragma once
// The command line, environment and configuration file of oxingest.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/quantity.h"
#include "common/base/status.h"
#include "common/ingest/file_spec.h"
#include "common/link/target.h"

namespace ox {

struct IngestOptions {
  std::string type_name;        // events from standard input; empty: `files` are followed
  std::vector<FileSpec> files;  // no path twice
  // At least one, in order of preference: links, or the one oxd of the old kind.
  std::vector<Target> hosts;
  bool v3 = false;        // the latter
  std::string state_dir;  // of what is followed; "": the usual place, "off": nothing is kept
  std::uint64_t batch_bytes = 256 * kKiB;
  Micros batch_delay = Millis(5);
  std::uint64_t spool_memory = 512 * kMiB;
  std::uint64_t spool_disk = 512 * kMiB;
  Micros linger = Seconds(5);
  std::uint64_t max_event_size = 1 * kMiB;
  Micros poll_interval = Seconds(1);
  std::string node_name;  // the events' host; this machine's name unless given
  LogLevel log_level = LogLevel::kWarning;
  bool check_config = false;

  // Whether anything is kept in a state directory.
  bool keeps_state() const { return !files.empty() && state_dir != "off"; }
};

// Nothing: go on with `out`. Otherwise the exit code; what there is to say was said, errors in one
// line on stderr.
std::optional<int> parse_options(int argc, const char* const* argv, IngestOptions& out);

}  // namespace ox
