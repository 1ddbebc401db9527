#pragma once
// Looks after log files: keeps an index beside each (index_keeper.h), and when their day is over
// compresses them, and removes the oldest, by age or so that all together do not take too much, and
// those of whose events cut-offs have left nothing. Only files that neither the writer nor a
// checkpoint knows of: a crash never finds one of these gone or changed.
// Threading: a thread of its own from start() to stop(), which also does what run() is given, so
// that nothing changes these files meanwhile.
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/quantity.h"
#include "common/store/cutoffs.h"
#include "common/store/log_upkeep.h"
#include "oxd/write/index_keeper.h"

namespace ox {

struct LogKeeperOptions {
  std::string directory;                    // the log path
  Micros compress_after{-1};                // the end of the file's day (UTC); negative: never
  int retain_days = 0;                      // after that day; 0: for ever
  std::uint64_t retain_bytes = kUnlimited;  // of all log files together
  Micros interval = Seconds(60);

  bool idle() const {
    return compress_after < Micros(0) && retain_days == 0 && retain_bytes == kUnlimited;
  }
};

class LogKeeper {
 public:
  // change_closed: WriteStage::change_closed(). References must outlive it.
  LogKeeper(FileSystem& fs, LogUpkeep::Change change_closed, Metrics& metrics, const Clock& clock,
            const LogKeeperOptions& options);
  ~LogKeeper();

  void start();
  // Gives up what is being compressed, and ends.
  void stop();

  // Has `job` done on our thread, soon: what is being compressed is given up and begun again. When
  // the node stops first, it is called with false. From any thread.
  void run(std::function<void(bool go)> job);
  // False once stop() was called. From any thread.
  bool running() const;

  // One round. Nobody else calls it between start() and stop().
  void look();

 private:
  // Whether a round may take its time: nobody waits for the thread.
  bool may_go_on() const;
  void run_jobs();
  // Oldest first.
  std::vector<StoredLog> kept_files();
  // Takes what it removes off `files`.
  void remove_hidden(std::vector<StoredLog>& files, const Cutoffs& cutoffs);
  void tell_removed(const StoredLog& log, const Status& status, const char* why);
  void compress(const StoredLog& log, const Cutoffs& cutoffs);
  void index(const std::vector<StoredLog>& files);
  void complain(const Status& status);

  FileSystem& fs_;
  const Clock& clock_;
  const LogKeeperOptions options_;
  LogUpkeep upkeep_;
  Counter& compressed_files_;
  Counter& compressed_from_;
  Counter& compressed_to_;
  Counter& removed_files_;
  Counter& removed_bytes_;
  Counter& left_out_;
  Counter& errors_;
  LogLimiter limiter_;
  IndexKeeper indexes_;

  // Files in which a cut-off has left something: the latest one then, and their size.
  struct Seen {
    std::uint64_t cutoff = 0;
    std::uint64_t bytes = 0;
    bool operator==(const Seen&) const = default;
  };
  std::map<std::string, Seen> seen_;  // by path

  std::thread thread_;
  mutable std::mutex mu_;
  std::condition_variable wake_;
  std::deque<std::function<void(bool)>> jobs_;  // guarded by mu_
  bool stopping_ = false;                       // guarded by mu_
};

}  // namespace ox
