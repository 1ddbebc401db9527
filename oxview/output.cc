#include "oxview/output.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ox {

Output::Output(int fd, Signals& signals)
    : fd_(fd), signals_(signals), terminal_(::isatty(fd) == 1), write_size_(PIPE_BUF) {
  struct stat st {};
  // A file takes any amount without waiting; a pipe that polls as writable takes PIPE_BUF.
  if (::fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) write_size_ = SSIZE_MAX;
}

bool Output::check_signals() {
  if (open() && signals_.take() != 0) state_ = State::kInterrupted;
  return open();
}

bool Output::wait_until_writable() {
  pollfd items[2] = {{fd_, POLLOUT, 0}, {signals_.fd(), POLLIN, 0}};
  while (open()) {
    int ready = ::poll(items, 2, -1);
    if (ready < 0 && errno != EINTR) {
      error_ = errno_status(errno, "cannot wait for standard output");
      state_ = State::kFailed;
    }
    if (ready <= 0) continue;
    if (items[1].revents != 0) check_signals();
    if (items[0].revents != 0) break;
  }
  return open();
}

bool Output::flush() {
  std::size_t done = 0;
  while (done < buffer_.size() && wait_until_writable()) {
    std::size_t size = std::min(buffer_.size() - done, write_size_);
    ssize_t n = ::write(fd_, buffer_.data() + done, size);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno == EPIPE) {
      state_ = State::kReaderGone;
    } else if (errno != EINTR && errno != EAGAIN) {
      error_ = errno_status(errno, "cannot write to standard output");
      state_ = State::kFailed;
    }
  }
  buffer_.clear();
  return open();
}

}  // namespace ox
