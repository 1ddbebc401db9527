#include "oxview/stdin_view.h"

#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/store/event_splitter.h"

namespace ox {
namespace {

enum class Input { kReady, kDry, kSignal };

// Waits up to `timeout_ms` (-1: for ever) for input or a signal.
Input wait_for_input(int fd, Signals& signals, int timeout_ms) {
  pollfd items[2] = {{fd, POLLIN, 0}, {signals.fd(), POLLIN, 0}};
  int ready = ::poll(items, 2, timeout_ms);
  if (ready > 0 && items[1].revents != 0) return Input::kSignal;
  // An error on the descriptor counts as ready: read() tells which.
  return ready > 0 ? Input::kReady : Input::kDry;
}

// Fills `room` until it is full, the input dry for now, or at its end. kReady means that there is
// more.
Result<Input> fill(int fd, Signals& signals, std::span<char> room, std::size_t& filled,
                   bool& at_end) {
  filled = 0;
  while (filled < room.size() && !at_end) {
    Input input = wait_for_input(fd, signals, 0);
    if (input != Input::kReady) return input;
    ssize_t n = ::read(fd, room.data() + filled, room.size() - filled);
    if (n < 0 && errno != EINTR && errno != EAGAIN)
      return errno_status(errno, "cannot read standard input");
    if (n > 0) filled += static_cast<std::size_t>(n);
    at_end = n == 0;
  }
  return Input::kReady;
}

Status print_events(EventSplitter& splitter, Output& output, Printer& printer) {
  std::string_view event;
  while (output.open()) {
    switch (splitter.next(event)) {
      case EventSplitter::Next::kEvent:
        OX_RETURN_IF_ERROR(printer.print(event));
        break;
      case EventSplitter::Next::kMore:
        return ok_status();
      case EventSplitter::Next::kDamaged:
        return splitter.damage().at(fmt::format("standard input: offset {}", splitter.offset()));
    }
  }
  return ok_status();
}

}  // namespace

Status view_stream(int fd, Signals& signals, Output& output, Printer& printer) {
  EventSplitter splitter;
  bool at_end = false;
  while (output.open() && !at_end) {
    std::size_t filled = 0;
    OX_ASSIGN_OR_RETURN(Input input, fill(fd, signals, splitter.room(), filled, at_end));
    splitter.commit(filled);
    OX_RETURN_IF_ERROR(print_events(splitter, output, printer));
    if (input == Input::kDry && output.open() && output.flush()) wait_for_input(fd, signals, -1);
    output.check_signals();
  }
  if (output.open() && splitter.unfinished() > 0)
    log_info("standard input: {} bytes of an unfinished event at the end", splitter.unfinished());
  return ok_status();
}

}  // namespace ox
