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
#include "common/ingest/front/http_options.h"
#include "common/ingest/live/link_options.h"
#include "oxingest/stream_options.h"

namespace ox {

struct IngestOptions : LinkFeedOptions {
  std::string type_name;        // events from standard input; empty: none
  std::vector<FileSpec> files;  // no path twice
  bool v3 = false;              // the one host is an oxd of the old kind
  std::string state_dir;        // of what is followed; "": the usual place, "off": nothing is kept
  std::uint64_t spool_disk = 512 * kMiB;
  Micros linger = Seconds(5);
  std::uint64_t max_event_size = 1 * kMiB;
  Micros poll_interval = Seconds(1);
  LogLevel log_level = LogLevel::kWarning;
  bool check_config = false;
  bool print_ports = false;
  HttpOptions http;
  StreamOptions streams;
  std::string spool_path;  // of what is no followed file; "": it waits in memory

  // Whether anything comes that is no followed file.
  bool has_live_sources() const { return !type_name.empty() || listens(); }
  // Whether clients connect, or send, to us.
  bool listens() const { return !http.listeners.empty() || !streams.listeners.empty(); }
  // Whether anything is kept in a state directory.
  bool keeps_state() const { return !files.empty() && state_dir != "off"; }
};

// Nothing: go on with `out`. Otherwise the exit code; what there is to say was said, errors in one
// line on stderr.
std::optional<int> parse_options(int argc, const char* const* argv, IngestOptions& out);

}  // namespace ox
