#pragma once
// The threads on which requests are answered that read log files: never those of the HTTP server,
// and never more of them at a time than there are threads here.
//
// A scan ends early when its time is over, when its client has gone, and when the pool ends; the
// work asks for that (go_on()) between any two blocks that it reads.
// Threading: run() and stop() on any thread; the work is done on the pool's own.
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/http/http_reply.h"

namespace ox {

struct ScanPoolOptions {
  std::size_t threads = 2;
  std::size_t waiting = 32;          // requests that wait for a thread; more are refused
  Micros deadline = Seconds(60);     // from run() on
  Seconds retry_after = Seconds(2);  // what those hear who are refused
};

// One request at work, on one thread of the pool.
class ScanJob {
 public:
  ScanJob(HttpReply reply, MonoTime deadline, const Clock& clock, const std::atomic<bool>& ending);

  HttpReply& reply() { return reply_; }
  // Of the reply as long as it is not answered in pieces, then too.
  const HttpRequest& request() const { return reply_.request(); }
  // Instead of an answer as a whole: its body is written to stream().
  void begin_stream(HttpResponse head) { stream_ = reply_.stream(std::move(head)); }
  bool streaming() const { return static_cast<bool>(stream_); }
  HttpStream& stream() { return stream_; }
  // Until the deadline; at least a microsecond.
  Micros time_left() const;
  // False: whatever is found now is of no use. Costs a clock's reading.
  bool go_on() const;
  // What to answer then: 503, or nothing that anybody hears.
  HttpError stopped() const;

 private:
  HttpReply reply_;
  HttpStream stream_;
  const MonoTime deadline_;
  const Clock& clock_;
  const std::atomic<bool>& ending_;
};

class ScanPool {
 public:
  using Work = std::function<void(ScanJob& job)>;

  // The references must outlive the pool. Counters: scans.done, scans.refused, scans.expired,
  // scans.abandoned (nobody waited for the answer any more).
  ScanPool(ScanPoolOptions options, const Clock& clock, Metrics& metrics);
  // As stop().
  ~ScanPool();
  ScanPool(const ScanPool&) = delete;
  ScanPool& operator=(const ScanPool&) = delete;

  // Has `work` answer `reply`, or answers 503 when too much waits. A client that closes its
  // connection ends its scan.
  void run(HttpReply reply, Work work);
  // Ends what is at work, answers what waits with 503, and joins the threads.
  void stop();

 private:
  struct Waiting {
    HttpReply reply;
    MonoTime deadline;
    Work work;
  };

  void serve();
  void refuse(HttpReply& reply, const char* why);

  const ScanPoolOptions options_;
  const Clock& clock_;
  Counter& done_;
  Counter& refused_;
  Counter& expired_;
  Counter& abandoned_;

  std::atomic<bool> ending_{false};
  std::mutex mu_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;  // guarded by mu_
  std::vector<std::thread> threads_;
};

}  // namespace ox
