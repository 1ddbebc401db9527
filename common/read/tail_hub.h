#pragma once
// The clients that wait for events as they come, all of them on one thread: however many there are,
// they take none from those who ask for what there is. Each has its turn, and no more than a slice of
// time in it; one that does not read is passed over until it does, and goes on from the files then.
// Threading: add() and stop() on any thread.
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/http/http_stream.h"
#include "common/read/tail_feed.h"

namespace ox {

struct TailHubOptions {
  std::size_t most = 100;          // clients at a time
  Micros beat = Millis(250);       // between two looks at the files
  Micros heartbeat = Seconds(15);  // without an event: a comment, so that nobody takes it for dead
  Micros slice = Millis(50);       // of one client's turn
};

class TailHub {
 public:
  // References must outlive it. Counters: tails.opened, tails.refused.
  TailHub(const TailHubOptions& options, const Clock& clock, Metrics& metrics);
  // As stop().
  ~TailHub();
  TailHub(const TailHub&) = delete;
  TailHub& operator=(const TailHub&) = delete;

  // A place for one more; false: there is none. It is given back by leave(), or once add()ed when the
  // client goes.
  bool enter();
  void leave();
  void add(std::unique_ptr<TailFeed> feed, HttpStream stream);
  // Ends all streams, well, and joins the thread.
  void stop();

 private:
  struct Tail {
    std::unique_ptr<TailFeed> feed;
    HttpStream stream;
    MonoTime written{};
  };
  enum class Turn { kIdle, kMore, kOver };

  void serve();
  Turn turn(Tail& tail);

  const TailHubOptions options_;
  const Clock& clock_;
  Counter& opened_;
  Counter& refused_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> ending_{false};

  std::mutex mu_;
  std::condition_variable changed_;
  bool woken_ = false;                        // guarded by mu_
  std::vector<std::unique_ptr<Tail>> added_;  // guarded by mu_
  std::vector<std::unique_ptr<Tail>> tails_;  // the thread's
  std::thread thread_;
};

}  // namespace ox
