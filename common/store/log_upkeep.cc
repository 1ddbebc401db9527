#include "common/store/log_upkeep.h"

#include <utility>

#include "common/store/log_index.h"

namespace ox {

static constexpr WallTime kStoredDay = std::chrono::hours(24);

Result<StoredLogs> stored_logs(FileSystem& fs, const std::string& log_path) {
  OX_ASSIGN_OR_RETURN(LogFileList found, find_log_files(
                                             fs, log_path, [](std::string_view) { return true; },
                                             WallTime::min() / 2, WallTime::max() / 2));
  StoredLogs out;
  out.problems = std::move(found.problems);
  for (LogFile& file : found.files) {
    auto info = fs.info(file.path);
    if (!info.ok()) {
      // Removed, or compressed, meanwhile.
      if (info.status().code() != Code::kNotFound) out.problems.push_back(info.status());
      continue;
    }
    if (!info->is_regular) continue;
    std::string_view path = file.path;
    path.remove_prefix(std::min(path.size(), log_path.size()));
    while (path.starts_with('/')) path.remove_prefix(1);
    const WallTime day_end = file.start - file.start % kStoredDay + kStoredDay;
    out.logs.push_back({file, std::string(path), info->size, day_end});
  }
  return out;
}

Status LogUpkeep::remove(const StoredLog& log) {
  const std::string directory = directory_of(log.file.path);
  const Status changed = change_(log.path, [&] {
    OX_RETURN_IF_ERROR(fs_.remove(log.file.path));
    (void)remove_index(fs_, log.file);
    return fs_.sync_directory(directory);
  });
  OX_RETURN_IF_ERROR(changed);
  // Succeeds with the last file of a day.
  if (directory != log_path_) (void)fs_.remove_directory(directory);
  return ok_status();
}

void LogUpkeep::remove_old(std::vector<StoredLog>& logs, const Retention& retention, WallTime now,
                           const std::function<bool()>& go_on, const Told& told) {
  std::uint64_t total = 0;
  for (const StoredLog& log : logs) total += log.bytes;
  std::erase_if(logs, [&](const StoredLog& log) {
    const bool old = retention.days > 0 && log.day_end + retention.days * kStoredDay <= now;
    const bool over = log.day_end <= now && total > retention.bytes;
    if ((!old && !over) || !go_on()) return false;
    const Status status = remove(log);
    told(log, status);
    if (status.ok()) total -= log.bytes;
    return status.ok();
  });
}

Result<CompressedLog> LogUpkeep::compress(const StoredLog& log, const Cutoffs& cutoffs,
                                          const std::function<bool()>& go_on) {
  OX_ASSIGN_OR_RETURN(CompressedLog compressed, compress_log(fs_, log.file.path, cutoffs, go_on));
  Status status = change_(log.path, [&] { return install_compressed(fs_, compressed); });
  if (status.ok()) return compressed;
  discard_compressed(fs_, compressed);
  return status;
}

}  // namespace ox
