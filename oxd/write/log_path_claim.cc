#include "oxd/write/log_path_claim.h"

#include <fmt/format.h>

namespace ox {

namespace {

constexpr std::size_t kLargestClaim = 256;

std::string claim_path(const std::string& log_path) {
  return join_path(join_path(log_path, ".oxd"), "spool");
}

// The id of the spool that has claimed the log path; kNotFound when none has.
Result<std::string> read_claim(FileSystem& fs, const std::string& log_path) {
  OX_ASSIGN_OR_RETURN(std::string claim, read_file(fs, claim_path(log_path), kLargestClaim));
  while (!claim.empty() && claim.back() == '\n') claim.pop_back();
  return claim;
}

}  // namespace

Status may_hold_spool(FileSystem& fs, const std::string& log_path) {
  auto claim = read_claim(fs, log_path);
  if (claim.status().code() == Code::kNotFound) return ok_status();
  if (!claim.ok()) return claim.status();
  return Status(Code::kInvalid,
                fmt::format("belongs to the spool {}, which lies elsewhere: give its --spool-path; "
                            "to begin with a new one, remove {}",
                            *claim, claim_path(log_path)));
}

Result<LogPathClaim> LogPathClaim::open(FileSystem& fs, const std::string& log_path,
                                        const std::string& spool_path, const Spool& spool,
                                        const std::string& holder) {
  LogPathClaim claim;
  const std::string directory = join_path(log_path, ".oxd");
  if (spool_path == directory) return claim;
  claim.path_ = claim_path(log_path);
  claim.id_ = spool.id().to_string();
  OX_RETURN_IF_ERROR(fs.make_directories(directory));
  OX_ASSIGN_OR_RETURN(claim.lock_, fs.lock(join_path(directory, "lock"), holder));

  OX_ASSIGN_OR_RETURN(auto entries, fs.list(directory));
  for (const DirectoryEntry& entry : entries) {
    if (!entry.name.ends_with(".seg")) continue;
    return Status(Code::kInvalid, fmt::format("has a spool of its own in {}, which may hold events "
                                              "that are in no file yet: start without "
                                              "--spool-path, or move it away",
                                              directory));
  }
  auto former = read_claim(fs, log_path);
  if (former.ok()) {
    if (*former == claim.id_) {
      // It was perhaps never synced: a kill may have come before that.
      OX_RETURN_IF_ERROR(fs.sync_directory(directory));
      return claim;
    }
    return Status(Code::kInvalid,
                  fmt::format("belongs to the spool {}, and {} is the spool {}; to give it to this "
                              "one, remove {}",
                              *former, spool_path, claim.id_, claim.path_));
  }
  if (former.status().code() != Code::kNotFound) return former.status();
  const auto& checkpoint = spool.recovered_checkpoint();
  if (checkpoint && !checkpoint->store.empty())
    return Status(Code::kInvalid,
                  fmt::format("is not the directory whose files the spool in {} was writing; to "
                              "begin here all the same, write the line {} into {}",
                              spool_path, claim.id_, claim.path_));
  claim.fresh_ = true;
  return claim;
}

Status LogPathClaim::take(FileSystem& fs) {
  OX_RETURN_IF_ERROR(replace_file(fs, path_, id_ + "\n"));
  fresh_ = false;
  return ok_status();
}

}  // namespace ox
