#include "oxview/output.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ox {

Output::Output(int fd, Signals& signals)
    : fd_(fd), signals_(signals), terminal_(::isatty(fd) == 1) {
  write_to(fd);
}

void Output::write_to(int fd) {
  fd_ = fd;
  struct stat st {};
  // A file takes any amount without waiting; a pipe that polls as writable takes PIPE_BUF.
  write_size_ = ::fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? SSIZE_MAX : PIPE_BUF;
}

void Output::fail(Status status) {
  error_ = std::move(status);
  state_ = State::kFailed;
}

bool Output::check_signals() {
  if (open() && signals_.take() != 0) state_ = State::kInterrupted;
  pollfd item{fd_, 0, 0};
  if (open() && ::poll(&item, 1, 0) == 1 && (item.revents & POLLERR) != 0)
    state_ = State::kReaderGone;
  return open();
}

void Output::hold_screen(const TerminalSize& screen, std::function<Result<int>()> more) {
  held_ = std::make_unique<Held>(Held{ScreenRows(screen), 0, std::move(more)});
  enough_ = 1;
}

bool Output::holds() {
  if (!held_) return false;
  held_->rows.add(std::string_view(buffer_).substr(held_->counted));
  held_->counted = buffer_.size();
  if (!held_->rows.full()) return true;
  if (before_writing_) std::exchange(before_writing_, nullptr)();
  auto fd = held_->more();
  held_.reset();
  enough_ = kEnough;
  if (fd.ok()) {
    write_to(*fd);
  } else {
    fail(fd.status());
  }
  return false;
}

bool Output::release() {
  if (!held_) return flush();
  held_.reset();
  enough_ = kEnough;
  const State before = state_;
  reopen();
  if (flush()) state_ = before;
  return open();
}

bool Output::wait_until_writable() {
  pollfd items[2] = {{fd_, POLLOUT, 0}, {signals_.fd(), POLLIN, 0}};
  while (open()) {
    int ready = ::poll(items, 2, -1);
    if (ready < 0 && errno != EINTR) fail(errno_status(errno, "cannot wait for standard output"));
    if (ready <= 0) continue;
    if (items[1].revents != 0) check_signals();
    if (items[0].revents != 0) break;
  }
  return open();
}

bool Output::flush() {
  if (held_ && !open()) return false;
  if (holds()) return true;
  if (!buffer_.empty() && before_writing_) std::exchange(before_writing_, nullptr)();
  std::size_t done = 0;
  while (done < buffer_.size() && wait_until_writable()) {
    std::size_t size = std::min(buffer_.size() - done, write_size_);
    ssize_t n = ::write(fd_, buffer_.data() + done, size);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno == EPIPE) {
      state_ = State::kReaderGone;
    } else if (errno != EINTR && errno != EAGAIN) {
      fail(errno_status(errno, "cannot write to standard output"));
    }
  }
  buffer_.clear();
  return open();
}

void Output::reopen() {
  if (state_ == State::kInterrupted || state_ == State::kDone) state_ = State::kOpen;
}

void Output::finish() {
  if (flush()) state_ = State::kDone;  // what is held is written by release()
}

}  // namespace ox
