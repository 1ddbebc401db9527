#pragma once
// Internal to common/http. The body of a streamed answer on its way from its writer (HttpStream) to
// the connection.
// Threading: every call is thread-safe; take() belongs to the I/O thread.
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace ox {

class BodyPipe {
 public:
  enum class End { kOpen, kComplete, kCut };

  explicit BodyPipe(std::size_t room) : room_(room) {}

  // The writer's. `tell`: the I/O thread is to be told.
  bool write(std::string bytes, bool& tell);
  void close(bool complete, bool& tell);
  bool has_room() const;
  bool wait_for_room(Micros at_most) const;
  void on_change(std::function<void()> f);
  bool wanted() const;
  bool draining() const;

  // The connection's. What has been written, about `at_most` bytes or all; `end` is that of the body
  // when nothing is left behind it.
  std::vector<std::string> take(std::size_t at_most, End& end);
  bool empty() const;
  // Nobody gets the body.
  void set_gone();
  void set_draining();

 private:
  void changed(std::unique_lock<std::mutex>& lock);
  bool has_room_locked() const { return gone_ || bytes_ < room_; }

  const std::size_t room_;
  mutable std::mutex mu_;
  mutable std::condition_variable room_made_;
  // Guarded by mu_.
  std::vector<std::string> pieces_;
  std::size_t bytes_ = 0;
  End end_ = End::kOpen;
  bool told_ = false;  // the I/O thread will take what there is
  bool gone_ = false;
  bool draining_ = false;
  std::function<void()> on_change_;
};

}  // namespace ox
