#pragma once
// What oxview's command line says of how events are shown.
#include <string>

#include "common/base/status.h"
#include "oxview/format/event_format.h"

namespace ox {

class CommandLine;

struct OutputOptions {
  std::string output;
  std::string fields;
  std::string colour = "auto";
  bool no_pager = false;
  bool no_progress = false;
  bool pretty = false;
  bool json = false;

  bool asked_for() const { return !output.empty() || !fields.empty() || pretty; }

  // Adds the options to `line`; parse() fills them in. `this` must outlive the parse.
  void declare(CommandLine& line);
  // Error: kInvalid, naming the option.
  Result<FormatSpec> check() const;
  // By --color, and without it by NO_COLOR (no-color.org) and TERM.
  bool colours(bool terminal) const;
};

}  // namespace ox
