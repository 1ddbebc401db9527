#pragma once
// What the command line says of protocols that are no HTTP.
#include <vector>

#include "common/base/status.h"
#include "oxingest/stream_kinds.h"

namespace ox {

class CommandLine;

struct StreamOptions {
  std::vector<StreamSpec> listeners;  // in the order of stream_kinds()

  // Adds an option for each kind to `line`; parse() fills them in. `this` must outlive the parse.
  void declare(CommandLine& line);
};

}  // namespace ox
