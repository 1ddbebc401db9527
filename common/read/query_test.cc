#include "common/read/query_test.h"

#include <memory>
#include <utility>

#include "common/query/event_filter.h"

namespace ox {

Status add_query(EventSelection& selection, std::string_view expression, const ScanJob& job) {
  QueryLimits limits;
  limits.time_limit = job.time_left();
  OX_ASSIGN_OR_RETURN(EventFilter compiled, EventFilter::compile(expression, limits));
  narrow(selection.conditions, compiled.conditions());
  selection.test = [filter = std::make_shared<EventFilter>(std::move(compiled)),
                    first = std::move(selection.test)](std::string_view event,
                                                       const EventSlices& slices) -> Result<bool> {
    if (first) {
      OX_ASSIGN_OR_RETURN(const bool wanted, first(event, slices));
      if (!wanted) return false;
    }
    return filter->matches(event, slices);
  };
  return ok_status();
}

}  // namespace ox
