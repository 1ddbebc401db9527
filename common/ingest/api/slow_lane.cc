#include "common/ingest/api/slow_lane.h"

#include <utility>

#include "common/base/thread.h"

namespace ox {

SlowLane::SlowLane(std::size_t most_waiting)
    : most_waiting_(most_waiting), thread_(start_thread("passwords", [this] { serve(); })) {}

SlowLane::~SlowLane() {
  {
    std::lock_guard lock(mu_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool SlowLane::run(std::function<void()> work) {
  {
    std::lock_guard lock(mu_);
    if (ending_ || waiting_.size() >= most_waiting_) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void SlowLane::serve() {
  std::unique_lock lock(mu_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes without the lock
    lock.lock();
  }
}

}  // namespace ox
