#pragma once
// Internal to common/ingest/stream. One thread over many descriptors: epoll, level-triggered, and
// work posted by others. common/base/event_loop.h is for few descriptors beside ZeroMQ's: its cost
// grows with each of them.
// Threading: post(), start() and halt() are for others; the rest is for the thread itself, or for
//            whoever sets it up before start().
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/unique_fd.h"

namespace ox {

class StreamLoop {
 public:
  class Watched {
   public:
    virtual ~Watched() = default;
    // EPOLLIN, EPOLLOUT, EPOLLHUP, ... It may unwatch() itself and others, but what it destroys
    // must live until the round is over.
    virtual void ready(std::uint32_t events) = 0;
  };
  using Post = std::function<void(std::function<void()>)>;

  StreamLoop();
  ~StreamLoop();
  StreamLoop(const StreamLoop&) = delete;
  StreamLoop& operator=(const StreamLoop&) = delete;

  // What happens after each round, and each `tick` or a little later. Before start().
  void set_handlers(std::function<void()> after_round, std::function<void()> tick);
  static constexpr Millis kTick{200};

  void watch(int fd, std::uint32_t events, Watched& watched);
  void change(int fd, std::uint32_t events, Watched& watched);
  void unwatch(int fd);

  void start();
  // Ends the thread after its round, and joins it. Work that was posted and not done is dropped.
  // Harmless when repeated. Not from the thread itself.
  void halt();
  bool running() const { return thread_.joinable(); }

  // Runs `f` on the thread, soon; in order. The same function as an object that may outlive the
  // loop: it does nothing any more then.
  void post(std::function<void()> f) { post_(std::move(f)); }
  const Post& poster() const { return post_; }

 private:
  class Mailbox;
  void run();

  UniqueFd epoll_;
  const std::shared_ptr<Mailbox> mailbox_;
  const Post post_;
  std::function<void()> after_round_;
  std::function<void()> tick_;
  std::atomic<bool> halting_{false};
  std::thread thread_;
};

}  // namespace ox
