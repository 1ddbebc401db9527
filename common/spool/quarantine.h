#pragma once
// Where a spool keeps bytes that it cannot use, before it passes over or cuts them: nothing unknown
// is ever lost to a start. Files here are never overwritten, and belong to the administrator.
#include <string>

#include "common/base/file_system.h"
#include "common/spool/segment.h"

namespace ox {

// Thread-safe.
class Quarantine {
 public:
  Quarantine(FileSystem& fs, std::string directory) : fs_(fs), directory_(std::move(directory)) {}

  // Copies the bytes into a file named after their segment and place, synced; again only when they
  // are not there yet. Returns its path. Errors: kIo, kNoSpace.
  Result<std::string> copy(const DamagedRange& range) const;
  // Moves the file here as a whole. Returns its new path. Error: kIo.
  Result<std::string> take(const std::string& path) const;

 private:
  FileSystem& fs_;
  const std::string directory_;
};

}  // namespace ox
