#pragma once
// Batches that nobody will take, kept for a person to look at: one file each, the batch's bytes as
// they were sent, named <run>-<seq>-<reason>.batch.
// Durability: a batch that keep() has taken outlives a crash.
// Threading:  thread-safe.
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "proto/batch.h"

namespace ox {

class DeadLetters {
 public:
  // The directory is made with the first batch.
  DeadLetters(FileSystem& fs, std::string directory) : fs_(fs), directory_(std::move(directory)) {}

  // `reason` is one word for the name. Keeping a batch again for the same reason changes nothing,
  // unless its bytes differ: then it gets a further name. Errors: kIo, kNoSpace.
  Status keep(const Batch& batch, std::string_view reason);

  const std::string& directory() const { return directory_; }

 private:
  Status sync(const std::string& path);

  FileSystem& fs_;
  const std::string directory_;
  std::mutex mu_;
  bool synced_directory_ = false;  // guarded by mu_
};

}  // namespace ox
