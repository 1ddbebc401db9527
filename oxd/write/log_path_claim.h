#pragma once
// Binds a directory of log files to the spool that writes them: files are written exactly once only
// as long as both stay together. A spool of its own path leaves its id in `<log path>/.oxd/spool`;
// one that lives in `<log path>/.oxd` needs no more than to lie there.
#include <memory>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/spool/spool.h"

namespace ox {

// Whether a spool may live in `<log path>/.oxd`: not when a spool elsewhere has claimed the log
// path. To be asked before that spool is made. Errors: kInvalid, kIo.
Status may_hold_spool(FileSystem& fs, const std::string& log_path);

class LogPathClaim {
 public:
  // Locks `log_path` against other oxds for as long as the claim lives, and makes sure that it may
  // be written by `spool`, which lies in `spool_path`. Errors: kExists (another process has it);
  // kInvalid (it belongs to another spool, or the spool to another directory); kIo.
  static Result<LogPathClaim> open(FileSystem& fs, const std::string& log_path,
                                   const std::string& spool_path, const Spool& spool,
                                   const std::string& holder);

  // Nobody has claimed it yet.
  bool fresh() const { return fresh_; }
  // Writes the claim down, synced. Only once the spool's id is on the disk as well: a spool that
  // comes back with another one would not be let in.
  Status take(FileSystem& fs);

 private:
  std::string path_;
  std::string id_;
  bool fresh_ = false;
  std::unique_ptr<FileLock> lock_;  // null for a spool inside the log path: it has its own
};

}  // namespace ox
