#pragma once
// Standard output: buffered, and never in the way of a signal. A reader that does not read (a
// pager) would leave a plain write() waiting while SIGINT and SIGTERM, which arrive as a file
// descriptor, go unheard; so each write waits for both.
#include <cstddef>
#include <string>

#include "common/base/signals.h"
#include "common/base/status.h"

namespace ox {

// Threading: one thread. Borrows fd and signals.
class Output {
 public:
  enum class State {
    kOpen,
    kReaderGone,   // EPIPE: nobody reads any more, which is no error
    kInterrupted,  // SIGINT or SIGTERM
    kFailed,       // see error()
  };

  Output(int fd, Signals& signals);

  // Append here, then settle().
  std::string& buffer() { return buffer_; }
  // Writes when enough has come together. False when the program is to end; so do the next two.
  bool settle() { return buffer_.size() < kEnough ? open() : flush(); }
  bool flush();
  // Looks for a signal without waiting.
  bool check_signals();

  bool open() const { return state_ == State::kOpen; }
  State state() const { return state_; }
  const Status& error() const { return error_; }
  bool terminal() const { return terminal_; }

 private:
  static constexpr std::size_t kEnough = 64 << 10;

  bool wait_until_writable();

  const int fd_;
  Signals& signals_;
  bool terminal_ = false;
  std::size_t write_size_;
  std::string buffer_;
  State state_ = State::kOpen;
  Status error_;
};

}  // namespace ox
