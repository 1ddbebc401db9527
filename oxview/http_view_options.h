#pragma once
// What oxview's command line says of serving the log files over HTTP.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/ingest/front/http_options.h"
#include "common/link/target.h"
#include "proto/type_pattern.h"

namespace ox {

class CommandLine;

struct HttpViewOptions : HttpOptions {
  // By the API's word: the types of the events it shows, when not by default.
  std::map<std::string, std::vector<TypePattern>, std::less<>> shown_types;
  // The collectors, in order of preference, that events are taken for; none: it only reads.
  std::vector<Target> ingest;
  std::uint64_t scan_threads = 2;
  Micros query_timeout = Seconds(60);
  bool print_ports = false;
  // As --log-path and --host say; not declared here.
  std::string log_path;
  std::vector<Address> nodes;  // whose status is told

  bool asked_for() const { return !listeners.empty(); }

  // Adds the options to `line`; parse() fills them in. `this` must outlive the parse.
  void declare(CommandLine& line);
  // What one option alone cannot tell. Error: kInvalid.
  Status check() const;
};

}  // namespace ox
