#pragma once
// A program such as less that shows what is longer than the screen.
#include <string>

#include <sys/types.h>

#include "common/base/signals.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace ox {

// Threading: one thread. While it runs, lines of the log are kept, so that they do not disturb what
// it shows. Ownership: borrows the signals.
class Pager {
 public:
  explicit Pager(Signals& signals) : signals_(signals) {}
  ~Pager() { finish(); }
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // What the shell is to run: $OXVIEW_PAGER, else $PAGER, else less; "" for none, which `cat` means
  // as well, and a machine without less.
  static std::string command();

  // Starts it, and returns the descriptor to write to, which lies here. Error: kIo.
  Result<int> start(const std::string& command);
  // Ends its input, waits until whoever sits there has seen enough, and writes the lines of the
  // log. SIGTERM ends the pager. Does nothing when there is none.
  void finish();

 private:
  void wait();

  Signals& signals_;
  UniqueFd input_;
  pid_t pid_ = 0;
};

}  // namespace ox
