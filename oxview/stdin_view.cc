#include "oxview/stdin_view.h"

#include "oxview/stdin_events.h"

namespace ox {

Status view_stream(int fd, Signals& signals, Output& output, Printer& printer) {
  StdinEvents events(fd, output, signals, [&output] { return !output.check_signals(); });
  std::string_view event;
  while (output.open()) {
    OX_ASSIGN_OR_RETURN(const bool found, events.next(event));
    if (!found) break;
    OX_RETURN_IF_ERROR(printer.print(event));
  }
  return events.problem();
}

}  // namespace ox
