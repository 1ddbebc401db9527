#pragma once
// What oxview's command line says of queries.
#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/query/event_filter.h"

namespace ox {

class CommandLine;

struct QueryViewOptions {
  std::string where;  // "": every event
  std::string sql;    // "": events are shown, not rows
  // Compiled of `where` by check(); null without it.
  std::shared_ptr<EventFilter> filter;

  bool asked_for() const { return !where.empty() || !sql.empty(); }

  // Adds the options to `line`; parse() fills them in. `this` must outlive the parse.
  void declare(CommandLine& line);
  // Error: kInvalid: an expression that is wrong, or both of them.
  Status check();
};

}  // namespace ox
