#pragma once
// Internal to common/http. Brings answers, what is added to them, and resumes from any thread to an
// I/O thread; the first of a batch wakes it.
// Threading: post() from any thread; the rest from the I/O thread.
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace ox {

struct HttpExchange;

class ReplyMailbox {
 public:
  enum class Kind { kAnswer, kResume, kBody };
  struct Item {
    std::shared_ptr<HttpExchange> exchange;
    Kind kind;
  };

  // `wake` makes the I/O thread call take() soon. Called with a lock held, never after close().
  explicit ReplyMailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  // After close(), it only lets go of the exchange.
  void post(std::shared_ptr<HttpExchange> exchange, Kind kind);
  // All that is there, in order; `items` is emptied first.
  void take(std::vector<Item>& items);
  void close();
  // The I/O thread calls take() after everything it does: its own posts need not wake it.
  void set_owner(std::thread::id owner);

 private:
  std::mutex mu_;
  std::function<void()> wake_;  // guarded by mu_; empty after close()
  std::vector<Item> items_;     // guarded by mu_
  std::thread::id owner_;       // guarded by mu_
  bool woken_ = false;          // guarded by mu_: a take() is on its way
};

}  // namespace ox
