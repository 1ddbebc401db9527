#pragma once
// The thread that writes the level files, so that nobody who answers requests waits for a disk.
//
//   write() --waiting--> thread: everything that waits, in one append() --> `then` of each
//
// A line that cannot be written is counted and logged, and its `then` called all the same: the
// event is safe elsewhere. What would wait above the limit (a disk that hangs) is lost in the same
// way.
// Threading: write() on any thread; `then` on the writer's own, or on the caller's when the line is
//            lost for want of room.
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/ingest/api/pbu/level_files.h"

namespace ox {

class LevelWriter {
 public:
  static constexpr std::uint64_t kMostWaiting = 64 << 20;  // bytes

  // Counters: http.api.pbu.file_records and .file_records_lost.
  LevelWriter(LevelFiles files, Metrics& metrics, std::uint64_t most_waiting = kMostWaiting);
  // Writes what waits, and ends.
  ~LevelWriter();
  LevelWriter(const LevelWriter&) = delete;
  LevelWriter& operator=(const LevelWriter&) = delete;

  // lines: of one record, each with its line end. `then` must not block.
  void write(PbuLevel level, std::string lines, std::function<void()> then);

 private:
  struct Job {
    PbuLevel level;
    std::string lines;
    std::function<void()> then;
  };

  void serve();
  void write_all(std::vector<Job> jobs);

  const std::uint64_t most_waiting_;
  Counter& written_;
  Counter& lost_;

  std::mutex mu_;
  std::condition_variable changed_;
  std::vector<Job> waiting_;         // guarded by mu_
  std::uint64_t waiting_bytes_ = 0;  // guarded by mu_: of those under way, too
  bool ending_ = false;              // guarded by mu_

  // The writer's.
  LevelFiles files_;
  LogLimiter limiter_;

  std::thread thread_;
};

}  // namespace ox
