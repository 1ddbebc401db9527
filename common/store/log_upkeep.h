#pragma once
// What is done to the log files of days that are over: compressing them, and removing the oldest. By
// a collector (oxd/write/log_keeper.h), and where none runs by oxctl store zip and prune.
// Threading: one thread.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/quantity.h"
#include "common/base/status.h"
#include "common/store/cutoffs.h"
#include "common/store/log_compressor.h"
#include "common/store/log_reader.h"

namespace ox {

struct StoredLog {
  LogFile file;
  std::string path;  // relative to the log path
  std::uint64_t bytes = 0;
  WallTime day_end{};  // UTC
};

struct StoredLogs {
  std::vector<StoredLog> logs;   // oldest first
  std::vector<Status> problems;  // directories and files that cannot be looked at
};

// All of them. Error: the log path cannot be listed.
Result<StoredLogs> stored_logs(FileSystem& fs, const std::string& log_path);

// What of the log files is kept; those whose day is not over always are.
struct Retention {
  int days = 0;                      // after the file's own day; 0: for ever
  std::uint64_t bytes = kUnlimited;  // of all log files together
};

class LogUpkeep {
 public:
  // Has a change made to a log file (by its relative path) while nobody else goes on with it; or
  // kUnavailable: somebody may.
  using Change =
      std::function<Status(const std::string& path, const std::function<Status()>& change)>;
  // How it went with a file; kUnavailable: it was left as it is.
  using Told = std::function<void(const StoredLog& log, const Status& status)>;

  LogUpkeep(FileSystem& fs, std::string log_path, Change change)
      : fs_(fs), log_path_(std::move(log_path)), change_(std::move(change)) {}

  // With its index, and its day when that is empty then. Errors: kIo, those of the change.
  Status remove(const StoredLog& log);
  // What is past the retention. Takes what is removed off `logs`. Goes on while `go_on` says so.
  void remove_old(std::vector<StoredLog>& logs, const Retention& retention, WallTime now,
                  const std::function<bool()>& go_on, const Told& told);
  // As compress_log(), and in its place then. Errors: those of both, and of the change.
  Result<CompressedLog> compress(const StoredLog& log, const Cutoffs& cutoffs,
                                 const std::function<bool()>& go_on);

 private:
  FileSystem& fs_;
  const std::string log_path_;
  const Change change_;
};

}  // namespace ox
