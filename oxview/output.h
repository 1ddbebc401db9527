#pragma once
// Standard output: buffered, and never in the way of a signal. A reader that does not read (a
// pager) would leave a plain write() waiting while SIGINT and SIGTERM, which arrive as a file
// descriptor, go unheard; so each write waits for both.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/base/signals.h"
#include "common/base/status.h"
#include "oxview/screen_rows.h"
#include "oxview/terminal.h"

namespace ox {

// Threading: one thread. Borrows fd and signals.
class Output {
 public:
  enum class State {
    kOpen,
    kReaderGone,   // EPIPE: nobody reads any more, which is no error
    kInterrupted,  // SIGINT or SIGTERM
    kFailed,       // see error()
    kDone,         // finish() was called
  };

  Output(int fd, Signals& signals);

  // From now on what is written is kept until it is more than fits a screen of this size, or until
  // release(). In the first case `more` is called, which gives the descriptor to write to.
  void hold_screen(const TerminalSize& screen, std::function<Result<int>()> more);
  // Calls this before the first byte is written.
  void before_writing(std::function<void()> call) { before_writing_ = std::move(call); }

  // Append here, then settle().
  std::string& buffer() { return buffer_; }
  // Writes when enough has come together. False when the program is to end; so do the next three.
  bool settle() { return buffer_.size() < enough_ ? open() : flush(); }
  bool flush();
  // The same, what is kept included, even after an interruption. Call it at the end.
  bool release();
  // Writes what there is; then nothing more is wanted, as if the output had ended.
  void finish();
  // For what is to be written behind everything else: forgets an interruption and finish().
  void reopen();
  // Looks without waiting for a signal, and whether the reader is gone.
  bool check_signals();

  bool open() const { return state_ == State::kOpen; }
  State state() const { return state_; }
  const Status& error() const { return error_; }
  bool terminal() const { return terminal_; }

 private:
  static constexpr std::size_t kEnough = 64 << 10;

  struct Held {
    ScreenRows rows;
    std::size_t counted = 0;  // bytes of the buffer
    std::function<Result<int>()> more;
  };

  // True when what there is, is to be kept still.
  bool holds();
  void write_to(int fd);
  void fail(Status status);
  bool wait_until_writable();

  int fd_;
  Signals& signals_;
  bool terminal_ = false;
  std::size_t write_size_ = 0;
  std::size_t enough_ = kEnough;
  std::unique_ptr<Held> held_;
  std::function<void()> before_writing_;
  std::string buffer_;
  State state_ = State::kOpen;
  Status error_;
};

}  // namespace ox
