// oxctl store zip: compresses the log files of past days, as a collector does itself with
// --compress-after.
#include <fmt/format.h>

#include "common/base/exit_codes.h"
#include "common/store/log_upkeep.h"
#include "oxctl/store/store_commands.h"
#include "oxctl/store/store_lock.h"
#include "oxctl/terminal.h"
#include "oxctl/units.h"

namespace ox {

int zip_store(Session& session, const StoreArguments& arguments) {
  FileSystem& fs = FileSystem::real();
  auto lock = StoreLock::take(fs, arguments.directory, arguments.spool_path);
  if (!lock.ok()) return cannot_use_store(session, lock.status());
  // What a crash has left: a covered log file that somebody wrote to would not be known any more.
  if (Status status = finish_compressions(fs, arguments.directory); !status.ok())
    return cannot_use_store(session, status);
  auto cutoffs = Cutoffs::load(fs, arguments.directory);
  if (!cutoffs.ok()) return cannot_use_store(session, cutoffs.status());
  auto found = stored_logs(fs, arguments.directory);
  if (!found.ok()) return cannot_use_store(session, found.status());
  int code = kExitOk;
  for (const Status& problem : found->problems) code = store_complaint(session, problem);
  std::uint64_t files = 0;
  std::uint64_t in_use = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t left_out = 0;
  LogUpkeep upkeep(fs, arguments.directory,
                   [&lock](const std::string& path, const std::function<Status()>& change) {
                     return lock->change(path, change);
                   });
  for (const StoredLog& each : found->logs) {
    if (each.file.compression != Compression::kNone || each.day_end > Clock::system().wall())
      continue;
    if (lock->knows(each.path)) {
      ++in_use;
      continue;
    }
    auto compressed = upkeep.compress(each, *cutoffs, {});
    if (!compressed.ok()) {
      code = store_complaint(session, compressed.status());
      continue;
    }
    ++files;
    from += each.bytes;
    to += compressed->compressed_bytes;
    left_out += compressed->left_out;
  }
  std::string out =
      fmt::format("{} files compressed: {} instead of {}\n", format_count(files),
                  format_bytes(static_cast<double>(to)), format_bytes(static_cast<double>(from)));
  if (left_out > 0)
    out += fmt::format("{} events left out that were deleted\n", format_count(left_out));
  if (in_use > 0)
    out += fmt::format("{} left: the collector may still go on with them\n", format_count(in_use));
  if (Status status = write_out(out); !status.ok()) return session.fail(status);
  return code;
}

}  // namespace ox
