#include "common/spool/dead_letters.h"

#include <fmt/format.h>

namespace ox {

static constexpr int kMostOfOneName = 100;

Status DeadLetters::keep(const Batch& batch, std::string_view reason) {
  std::lock_guard lock(mu_);
  OX_RETURN_IF_ERROR(fs_.make_directories(directory_));
  // A process that was killed may have made it without syncing its name. We may not be allowed to
  // open the parent: then it was not we who made the directory.
  if (!synced_directory_) (void)fs_.sync_directory(directory_of(directory_));
  synced_directory_ = true;
  std::string name = fmt::format("{}-{}-{}", batch.id().run.to_string(), batch.id().seq, reason);
  for (int n = 0; n < kMostOfOneName; ++n) {
    std::string path =
        join_path(directory_, n == 0 ? name + ".batch" : fmt::format("{}.{}.batch", name, n));
    auto known = read_file(fs_, path, kMaxBatchBytes);
    if (known.ok() && *known == batch.bytes()) return sync(path);
    if (known.ok() || known.status().code() == Code::kTooLarge) continue;
    if (known.status().code() != Code::kNotFound) return known.status();
    return replace_file(fs_, path, batch.bytes());
  }
  return Status(Code::kExists, name + ": too many of this name are kept already");
}

// A process that was killed may have left the letter in the page cache only.
Status DeadLetters::sync(const std::string& path) {
  OX_ASSIGN_OR_RETURN(auto file, fs_.open(path, FileSystem::Open::kWrite));
  OX_RETURN_IF_ERROR(file->sync_data());
  return fs_.sync_directory(directory_);
}

}  // namespace ox
