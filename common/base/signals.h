#pragma once
// Signals as a file descriptor that an EventLoop can watch.
#include <vector>

#include "common/base/unique_fd.h"

namespace ox {

class Signals {
 public:
  // Blocks `signals` for this thread and every thread started from it later: make it first in main.
  // SIGPIPE is ignored as well.
  explicit Signals(const std::vector<int>& signals);

  int fd() const { return fd_.get(); }
  // The next signal that arrived, or 0.
  int take();

 private:
  UniqueFd fd_;
};

}  // namespace ox
