#pragma once
// What oxview's command line says of summaries: a table or bars in place of the events.
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "oxview/format/event_fields.h"
#include "oxview/time_histogram.h"

namespace ox {

class CommandLine;

// One of them, or none: the events themselves.
struct Summary {
  std::optional<EventField> stats;
  std::optional<HistogramOptions> histogram;

  bool wanted() const { return stats || histogram; }
};

struct SummaryOptions {
  std::vector<std::string> stats;
  std::string step;
  bool histogram = false;

  bool asked_for() const { return !stats.empty() || histogram; }

  // Adds the options to `line`; parse() fills them in. `this` must outlive the parse.
  void declare(CommandLine& line);
  // Error: kInvalid, naming the option.
  Result<Summary> check() const;
};

}  // namespace ox
