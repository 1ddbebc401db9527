#pragma once
// What oxview's command line says of which events are shown, and how many.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/store/event_conditions.h"
#include "oxview/line_pattern.h"

namespace ox {

class CommandLine;

struct Selection {
  EventConditions conditions;          // of time, host and level
  std::optional<LinePattern> pattern;  // of the line that an event is without --pretty
  std::optional<std::uint64_t> limit;  // then no more are shown
  bool count = false;                  // not they are shown, but how many there are

  bool time_given() const { return conditions.has_time(); }
};

struct SelectionOptions {
  std::string since;
  std::string until;
  std::vector<std::string> hosts;
  std::string level;
  std::string pattern;
  std::optional<std::uint64_t> limit;
  bool newest_first = false;
  std::uint64_t context = 0;
  bool count = false;

  bool asked_for() const {
    return !since.empty() || !until.empty() || !hosts.empty() || !level.empty() ||
           !pattern.empty() || limit || newest_first || count || context > 0;
  }

  // Adds the options to `line`; parse() fills them in. `this` must outlive the parse.
  void declare(CommandLine& line);
  // Error: kInvalid, naming the option.
  Result<Selection> check(WallTime now) const;
};

// Narrows `conditions` to those that fulfil `more` as well, as far as that can be said; what it lets
// through beyond that is for whoever checks `more` to pass over.
void narrow_conditions(EventConditions& conditions, const EventConditions& more);

}  // namespace ox
