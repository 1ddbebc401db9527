#pragma once
// One thread's loop over ZeroMQ sockets, file descriptors, timers and work posted by other threads.
// Threading: everything but post() and stop() belongs to the thread that calls run() (or to the
//            thread that sets the loop up before run()). Handlers run on that thread.
#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <vector>

#include "common/base/clock.h"
#include "common/base/unique_fd.h"

namespace ox {

// What a watch waits for; may be or-ed. ZeroMQ's own values.
inline constexpr short kReadable = 1;
inline constexpr short kWritable = 2;

class EventLoop {
 public:
  using Handler = std::function<void()>;
  using Id = int;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls `ready` while `socket` (a raw ZeroMQ socket) can do one of `events`.
  Id watch_socket(void* socket, short events, Handler ready);
  Id watch_fd(int fd, short events, Handler ready);
  // 0 pauses the watch.
  void set_events(Id id, short events);
  // Safe inside a handler, its own included.
  void unwatch(Id id);

  // Calls `f` once, `delay` from now. The id is never reused.
  Id call_after(Micros delay, Handler f);
  // Calls `f` every `interval`; missed beats are not made up for.
  Id call_every(Micros interval, Handler f);
  void cancel(Id timer);

  // Runs `f` on the loop's thread, soon. Thread-safe; in order per posting thread. Work posted
  // after run() returned waits for the next run() or is dropped with the loop.
  void post(Handler f);

  // Runs `f` on the loop's thread and returns what it returns. Thread-safe, but not from the loop's
  // own thread, and only while the loop runs.
  template <typename F>
  auto call(F f) -> decltype(f()) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto result = task.get_future();
    post([&task] { task(); });
    return result.get();
  }

  // Returns after stop(). May be called again.
  void run();
  // Thread-safe. Work posted before stop() is done before run() returns.
  void stop();
  // One round: waits up to `wait` for something to do, and does it. For tests and simple programs.
  void run_once(Micros wait);

 private:
  struct Watch {
    void* socket;
    int fd;
    short events;
    Handler ready;
  };
  struct Timer {
    MonoTime due;
    Micros interval;  // zero: once
    Handler f;
  };

  void wake();
  void run_posted();
  void run_timers();
  Micros until_next_timer(Micros at_most) const;

  UniqueFd wake_fd_;
  std::map<Id, Watch> watches_;
  std::map<Id, Timer> timers_;
  Id next_id_ = 1;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> woken_{false};

  std::mutex mu_;
  std::vector<Handler> posted_;  // guarded by mu_
};

}  // namespace ox
