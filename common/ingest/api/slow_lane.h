#pragma once
// A thread for what would hold up an I/O thread: a password that costs a PBKDF2, a body that takes
// long to take apart. In order; what comes while too much waits is refused.
// Threading: run() on any thread; the work is done on the lane's own.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace ox {

class SlowLane {
 public:
  explicit SlowLane(std::size_t most_waiting = 256);
  // Does what waits, and ends.
  ~SlowLane();
  SlowLane(const SlowLane&) = delete;
  SlowLane& operator=(const SlowLane&) = delete;

  // False, and `work` is not taken, when too much waits.
  [[nodiscard]] bool run(std::function<void()> work);

 private:
  void serve();

  const std::size_t most_waiting_;
  std::mutex mu_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  // guarded by mu_
  bool ending_ = false;                        // guarded by mu_
  std::thread thread_;
};

}  // namespace ox
