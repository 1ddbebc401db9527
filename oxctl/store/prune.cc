// oxctl store prune: removes the oldest log files, as a collector does itself with --retain-days
// and --retain-bytes.
#include <fmt/format.h>

#include "common/base/exit_codes.h"
#include "common/store/log_upkeep.h"
#include "oxctl/store/store_commands.h"
#include "oxctl/store/store_lock.h"
#include "oxctl/terminal.h"
#include "oxctl/units.h"

namespace ox {

int prune_store(Session& session, const StoreArguments& arguments) {
  FileSystem& fs = FileSystem::real();
  auto lock = StoreLock::take(fs, arguments.directory, arguments.spool_path);
  if (!lock.ok()) return cannot_use_store(session, lock.status());
  auto found = stored_logs(fs, arguments.directory);
  if (!found.ok()) return cannot_use_store(session, found.status());
  int code = kExitOk;
  for (const Status& problem : found->problems) code = store_complaint(session, problem);
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t in_use = 0;
  LogUpkeep upkeep(fs, arguments.directory,
                   [&lock](const std::string& path, const std::function<Status()>& change) {
                     return lock->change(path, change);
                   });
  upkeep.remove_old(
      found->logs, {arguments.retain_days, arguments.retain_bytes}, Clock::system().wall(),
      [] { return true; },
      [&](const StoredLog& log, const Status& status) {
        if (status.ok()) {
          ++files;
          bytes += log.bytes;
        } else if (status.code() == Code::kUnavailable) {
          ++in_use;
        } else {
          code = store_complaint(session, status);
        }
      });
  std::string out = fmt::format("{} files removed: {}\n", format_count(files),
                                format_bytes(static_cast<double>(bytes)));
  if (in_use > 0)
    out += fmt::format("{} left: the collector may still go on with them\n", format_count(in_use));
  if (Status status = write_out(out); !status.ok()) return session.fail(status);
  return code;
}

}  // namespace ox
