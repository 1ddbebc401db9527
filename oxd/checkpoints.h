#pragma once
// Writes the spool's checkpoints: when the files output has one, and now and then when some output
// has come further. On a node whose spool is in memory it does nothing. Threading: thread-safe.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/spool/intake.h"
#include "common/spool/spool.h"

namespace ox {

class Checkpoints {
 public:
  // References must outlive it.
  Checkpoints(Spool& spool, Intake& intake, Metrics& metrics, const Clock& clock);
  ~Checkpoints();

  // Looks every `interval` whether `progress`, the positions of all outputs, has changed, and
  // writes a checkpoint then. `progress` is called on a thread of our own.
  void start(Micros interval, std::function<std::vector<Position>()> progress);
  // A last one, and ends.
  void stop();

  // One now. Errors: as Spool::write_checkpoint().
  Status write();
  // On a node that writes files, before any checkpoint of this start: `listing` is theirs as of
  // `position`, and no checkpoint passes that until store() says so.
  void begin_store(const std::string& listing, Position position);
  // `listing` is theirs as of `position` now; both count for later checkpoints as well. Errors: as
  // Spool::write_checkpoint().
  Status store(const std::string& listing, Position position);
  // The files of a former start count no more: what was to come into them has been given up. In
  // effect with the next checkpoint.
  void forget_store();

 private:
  Status write_locked();
  void look(const std::vector<Position>& progress);

  Spool& spool_;
  Intake& intake_;
  Counter& written_;
  LogLimiter limiter_;
  std::function<std::vector<Position>()> progress_;
  std::thread thread_;

  std::mutex write_mu_;     // one checkpoint at a time
  bool has_store_ = false;  // guarded by write_mu_, like all below
  std::string listing_;
  Position store_position_ = 0;

  std::mutex mu_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mu_

  // Owned by our thread, and by stop() after it.
  std::vector<Position> last_progress_;
  int due_ = 0;  // checkpoints still to write
};

}  // namespace ox
