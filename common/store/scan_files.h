#pragma once
// The log files that a scan (event_scan.h) reads, and what it has met with in them. Threading: one
// thread, but for what ScanOptions says.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/event_conditions.h"
#include "common/store/event_scan.h"
#include "common/store/file_scan.h"
#include "common/store/log_reader.h"

namespace ox {

class ScanFiles {
 public:
  ScanFiles(FileSystem& fs, std::string directory, EventConditions conditions, ScanOptions options);
  ScanFiles(const ScanFiles&) = delete;
  ScanFiles& operator=(const ScanFiles&) = delete;

  // Lists them: forward, as ScanOptions::Order has it. Error: the directory cannot be listed.
  Status find();

  std::size_t size() const { return files_.size(); }
  // The same for one: where it lies below the directory, uncompressed.
  std::string relative(std::size_t file) const;
  // One that was compressed since it was listed is read as it is now. Errors: kIo, kNotFound.
  Result<std::unique_ptr<FileScan>> open(std::size_t file,
                                         FileScan::Index index = FileScan::Index::kUse);
  // Takes in what is left to be said of one that is done with.
  void close(const FileScan& scan);

  const ScanOptions& options() const { return options_; }
  bool go_on() const { return settings_.go_on(); }
  static Status given_up() { return Status(Code::kUnavailable, "the search was given up"); }

  void add_problem(Status problem) { problems_.push_back(std::move(problem)); }
  ScanProgress& progress() { return progress_; }
  const ScanProgress& progress() const { return progress_; }
  const std::vector<Status>& problems() const { return problems_; }
  std::uint64_t unfinished() const { return unfinished_; }

 private:
  Result<std::unique_ptr<FileScan>> open_as(const LogFile& file, FileScan::Index index);

  FileSystem& fs_;
  const std::string directory_;
  const EventConditions conditions_;
  const ScanOptions options_;
  FileScan::Settings settings_;
  std::vector<LogFile> files_;
  ScanProgress progress_;
  std::vector<Status> problems_;
  std::uint64_t unfinished_ = 0;
};

}  // namespace ox
