#include "common/read/scan_pool.h"

#include <algorithm>
#include <utility>

#include "common/base/thread.h"

namespace ox {

ScanJob::ScanJob(HttpReply reply, MonoTime deadline, const Clock& clock,
                 const std::atomic<bool>& ending)
    : reply_(std::move(reply)), deadline_(deadline), clock_(clock), ending_(ending) {}

bool ScanJob::go_on() const {
  const bool wanted = streaming() ? stream_.wanted() && !stream_.ending() : reply_.wanted();
  return wanted && !ending_.load(std::memory_order_relaxed) && clock_.mono() < deadline_;
}

Micros ScanJob::time_left() const { return std::max(deadline_ - clock_.mono(), Micros(1)); }

HttpError ScanJob::stopped() const {
  const bool ending = ending_.load(std::memory_order_relaxed) || (streaming() && stream_.ending());
  return {.status = 503,
          .message = ending ? "The server is being stopped"
                            : "This takes too long: ask for less, by time, level or name",
          .retry_after = Seconds(ending ? 5 : 60)};
}

ScanPool::ScanPool(ScanPoolOptions options, const Clock& clock, Metrics& metrics)
    : options_(options),
      clock_(clock),
      done_(metrics.counter("scans.done")),
      refused_(metrics.counter("scans.refused")),
      expired_(metrics.counter("scans.expired")),
      abandoned_(metrics.counter("scans.abandoned")) {
  for (std::size_t i = 0; i < options_.threads; ++i)
    threads_.push_back(start_thread("scan", [this] { serve(); }));
}

ScanPool::~ScanPool() { stop(); }

void ScanPool::refuse(HttpReply& reply, const char* why) {
  refused_.add();
  reply.send_error({.status = 503, .message = why, .retry_after = options_.retry_after});
}

void ScanPool::run(HttpReply reply, Work work) {
  reply.end_with_client();
  {
    std::lock_guard lock(mu_);
    if (!ending_ && waiting_.size() < options_.waiting) {
      waiting_.push_back({std::move(reply), clock_.mono() + options_.deadline, std::move(work)});
      changed_.notify_one();
      return;
    }
  }
  refuse(reply, "Too many requests wait for the log files to be read");
}

void ScanPool::stop() {
  {
    std::lock_guard lock(mu_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (Waiting& waiting : waiting_) refuse(waiting.reply, "The server is being stopped");
  waiting_.clear();
}

void ScanPool::serve() {
  std::unique_lock lock(mu_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    {
      ScanJob job(std::move(next.reply), next.deadline, clock_, ending_);
      if (!job.reply().wanted()) {
        abandoned_.add();
      } else if (!job.go_on()) {
        expired_.add();
        job.reply().send_error(job.stopped());
      } else {
        next.work(job);
        next.work = nullptr;  // what it holds goes without the lock
        done_.add();
      }
    }
    lock.lock();
  }
}

}  // namespace ox
