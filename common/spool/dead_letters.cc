#include "common/spool/dead_letters.h"

#include <fmt/format.h>

namespace ox {

static constexpr int kMostOfOneName = 100;

Status DeadLetters::keep(const Batch& batch, std::string_view reason) {
  std::lock_guard lock(mu_);
  OX_RETURN_IF_ERROR(fs_.make_directories(directory_));
  std::string name = fmt::format("{}-{}-{}", batch.id().run.to_string(), batch.id().seq, reason);
  for (int n = 0; n < kMostOfOneName; ++n) {
    std::string path =
        join_path(directory_, n == 0 ? name + ".batch" : fmt::format("{}.{}.batch", name, n));
    auto known = read_file(fs_, path, kMaxBatchBytes);
    if (known.ok() && *known == batch.bytes()) return ok_status();
    if (known.ok() || known.status().code() == Code::kTooLarge) continue;
    if (known.status().code() != Code::kNotFound) return known.status();
    return write(path, batch.bytes());
  }
  return Status(Code::kExists, name + ": too many of this name are kept already");
}

Status DeadLetters::write(const std::string& path, std::string_view bytes) {
  // Beside first, and renamed, so that a name always stands for a whole batch.
  std::string fresh = path + ".new";
  if (Status status = fs_.remove(fresh); !status.ok() && status.code() != Code::kNotFound)
    return status;
  OX_ASSIGN_OR_RETURN(auto file, fs_.open(fresh, FileSystem::Open::kCreate));
  OX_RETURN_IF_ERROR(write_all(*file, bytes, 0));
  OX_RETURN_IF_ERROR(file->sync_data());
  OX_RETURN_IF_ERROR(fs_.rename(fresh, path));
  return fs_.sync_directory(directory_);
}

}  // namespace ox
