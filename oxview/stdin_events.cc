#include "oxview/stdin_events.h"

#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "common/base/log.h"

namespace ox {

Result<bool> StdinEvents::next(std::string_view& event) {
  while (!done_) {
    switch (splitter_.next(event)) {
      case EventSplitter::Next::kEvent:
        return true;
      case EventSplitter::Next::kDamaged:
        problem_ =
            splitter_.damage().at(fmt::format("standard input: offset {}", splitter_.offset()));
        done_ = true;
        break;
      case EventSplitter::Next::kMore:
        fill();
        break;
    }
  }
  return false;
}

// Until the room is full, the input dry for now, or at its end: then there is something to be looked
// at, or all is done.
void StdinEvents::fill() {
  const std::span<char> room = splitter_.room();
  std::size_t filled = 0;
  while (filled < room.size() && !at_end_ && !done_) {
    pollfd items[2] = {{fd_, POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
    int ready = ::poll(items, 2, 0);
    if (ready == 0 && filled > 0) break;
    if (ready == 0) {
      if (!output_.flush()) done_ = true;
      ready = done_ ? 0 : ::poll(items, 2, -1);
    }
    if (ready <= 0) continue;
    if (items[1].revents != 0 && on_signal_()) {
      at_end_ = true;  // what was read counts
    } else if (items[0].revents != 0) {
      // An error on the descriptor counts as ready: read() tells which.
      const ssize_t n = ::read(fd_, room.data() + filled, room.size() - filled);
      if (n < 0 && errno != EINTR && errno != EAGAIN) {
        problem_ = errno_status(errno, "cannot read standard input");
        done_ = true;
      }
      if (n > 0) filled += static_cast<std::size_t>(n);
      at_end_ = n == 0;
    }
  }
  splitter_.commit(filled);
  if (!at_end_ || filled > 0) return;
  done_ = true;
  if (splitter_.unfinished() > 0)
    log_info("standard input: {} bytes of an unfinished event at the end", splitter_.unfinished());
}

}  // namespace ox
