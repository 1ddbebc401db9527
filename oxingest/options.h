#pragma once
// The command line, environment and configuration file of oxingest.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/quantity.h"
#include "common/base/status.h"
#include "common/ingest/file_spec.h"

namespace ox {

// Where events go: an oxd, named by its collect address as BlueOx taught, or by its link address
// outright ("link://HOST:PORT").
struct IngestTarget {
  Address address;
  bool is_link = false;

  // The link of this oxd: one port above its collect address.
  Address link() const { return is_link ? address : address.neighbour(1, ".link"); }

  // Error: kInvalid, for what cannot be connected to ("off", "*", port 0) too.
  static Result<IngestTarget> parse(const std::string& text);
  bool operator==(const IngestTarget&) const = default;
};

struct IngestOptions {
  std::string type_name;            // events from standard input; empty: `files` are followed
  std::vector<FileSpec> files;      // no path twice
  std::vector<IngestTarget> hosts;  // at least one; in order of preference
  bool v3 = false;                  // the old protocol, without acks, to the collect address
  std::uint64_t batch_bytes = 256 * kKiB;
  Micros batch_delay = Millis(5);
  std::uint64_t spool_memory = 512 * kMiB;
  Micros linger = Seconds(5);
  std::uint64_t max_event_size = 1 * kMiB;
  Micros poll_interval = Seconds(1);
  std::string node_name;  // the events' host; this machine's name unless given
  LogLevel log_level = LogLevel::kWarning;
  bool check_config = false;
};

// Nothing: go on with `out`. Otherwise the exit code; what there is to say was said, errors in one
// line on stderr.
std::optional<int> parse_options(int argc, const char* const* argv, IngestOptions& out);

}  // namespace ox
