#include "oxctl/store/store_lock.h"

#include <fmt/format.h>
#include <unistd.h>

#include "common/spool/checkpoint.h"
#include "common/store/log_listing.h"

namespace ox {
namespace {

constexpr std::size_t kMostClaimBytes = 256;

// The id of the spool, lying elsewhere, that the log path belongs to; "" when none does.
Result<std::string> claiming_spool(FileSystem& fs, const std::string& own) {
  auto claim = read_file(fs, join_path(own, "spool"), kMostClaimBytes);
  if (claim.status().code() == Code::kNotFound) return std::string();
  if (!claim.ok()) return claim.status();
  while (!claim->empty() && claim->back() == '\n') claim->pop_back();
  return *claim;
}

}  // namespace

Result<StoreLock> StoreLock::take(FileSystem& fs, const std::string& log_path,
                                  const std::string& spool_path) {
  const std::string own = join_path(log_path, ".oxd");
  const std::string holder = fmt::format("oxctl store (pid {})", ::getpid());
  StoreLock lock;
  OX_RETURN_IF_ERROR(fs.info(log_path).status());
  OX_RETURN_IF_ERROR(fs.make_directories(own));
  OX_ASSIGN_OR_RETURN(lock.log_path_, fs.lock(join_path(own, "lock"), holder));
  OX_ASSIGN_OR_RETURN(std::string claimed_by, claiming_spool(fs, own));
  if (claimed_by.empty()) {
    if (!spool_path.empty() && spool_path != own)
      return Status(Code::kInvalid,
                    fmt::format("no spool elsewhere writes {}: leave out --spool-path", log_path));
    OX_RETURN_IF_ERROR(lock.read_checkpoints(fs, own, ""));
    return lock;
  }
  if (spool_path.empty())
    return Status(
        Code::kInvalid,
        fmt::format("{} is written by the spool {}, which lies elsewhere and knows what must "
                    "not be changed: give its --spool-path",
                    log_path, claimed_by));
  OX_RETURN_IF_ERROR(fs.info(spool_path).status());
  OX_ASSIGN_OR_RETURN(lock.spool_, fs.lock(join_path(spool_path, "lock"), holder));
  OX_RETURN_IF_ERROR(lock.read_checkpoints(fs, spool_path, claimed_by));
  return lock;
}

Status StoreLock::read_checkpoints(FileSystem& fs, const std::string& directory,
                                   const std::string& claimed_by) {
  OX_ASSIGN_OR_RETURN(auto file, CheckpointFile::open(fs, directory));
  if (!claimed_by.empty() &&
      (file->current() == nullptr || file->current()->spool_id.to_string() != claimed_by))
    return Status(Code::kInvalid, fmt::format("{} is not the spool {}", directory, claimed_by));
  for (const Checkpoint* checkpoint : {file->current(), file->former()}) {
    if (checkpoint == nullptr) continue;
    auto files = decode_listing(checkpoint->store);
    if (!files.ok()) return files.status().at(directory);
    for (ListedFile& listed : *files) known_.insert(std::move(listed.path));
  }
  return ok_status();
}

Status StoreLock::change(const std::string& path, const std::function<Status()>& change) const {
  if (knows(path)) return Status(Code::kUnavailable, "is still in use").at(path);
  return change();
}

std::string store_holder(FileSystem& fs, const std::string& log_path) {
  auto holder = fs.lock_holder(join_path(join_path(log_path, ".oxd"), "lock"));
  return holder.ok() ? *holder : std::string();
}

}  // namespace ox
