#pragma once
// The right to change log files from outside, while no node has them. A node that starts meanwhile
// is refused, as it is by another node (oxd/write/log_path_claim.h).
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace ox {

class StoreLock {
 public:
  // `spool_path`: of the node that writes there, when its spool lies elsewhere; "" when not.
  // Errors: kExists (names the process that has the log path, or its spool); kInvalid (the spool
  // lies elsewhere, and is not named, or another one is); kUnsupported, kCorrupt, kIo.
  static Result<StoreLock> take(FileSystem& fs, const std::string& log_path,
                                const std::string& spool_path);

  // Whether a checkpoint of the node knows of the file: a start of it may cut or go on with it.
  // `path` is relative to the log path.
  bool knows(std::string_view path) const { return known_.contains(path); }
  // As LogUpkeep::Change.
  Status change(const std::string& path, const std::function<Status()>& change) const;

 private:
  Status read_checkpoints(FileSystem& fs, const std::string& directory,
                          const std::string& claimed_by);

  std::unique_ptr<FileLock> log_path_;
  std::unique_ptr<FileLock> spool_;  // null when it lies in the log path
  std::set<std::string, std::less<>> known_;
};

// Who has the log path now: "" for nobody, and when that cannot be told.
std::string store_holder(FileSystem& fs, const std::string& log_path);

}  // namespace ox
