// oxctl store reindex: makes the indexes that are missing or old, and removes those without a log file.
#include <set>

#include <fmt/format.h>

#include "common/base/exit_codes.h"
#include "common/store/log_index.h"
#include "common/store/log_indexer.h"
#include "oxctl/printable.h"
#include "oxctl/store/store_commands.h"
#include "oxctl/terminal.h"
#include "oxctl/units.h"

namespace ox {

static constexpr int kExitUnreadableStore = 2;
static constexpr std::size_t kLongestComplaint = 4096;

int reindex_store(Session& session, const StoreArguments& arguments) {
  FileSystem& fs = FileSystem::real();
  auto found = find_log_files(
      fs, arguments.directory, [](std::string_view) { return true; }, WallTime::min() / 2,
      WallTime::max() / 2);
  if (!found.ok()) {
    (void)session.fail(found.status());
    return kExitUnreadableStore;
  }
  int code = kExitOk;
  auto complain = [&](const Status& status) {
    code = session.fail(Status(status.code(), printable(status.message(), kLongestComplaint)));
  };
  for (const Status& problem : found->problems) complain(problem);

  std::uint64_t made = 0;
  std::uint64_t right = 0;
  std::uint64_t small = 0;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  std::set<std::string> names;  // a log file and its compressed twin have one index, the latter's
  for (const LogFile& file : found->files) {
    if (!names.insert(index_path(file)).second) continue;
    auto indexed = index_log(fs, file, {}, arguments.all);
    if (!indexed.ok()) {
      // Removed meanwhile.
      if (indexed.status().code() != Code::kNotFound) complain(indexed.status());
      continue;
    }
    ++(indexed->changed ? made : indexed->covered > 0 ? right : small);
    read += indexed->read_bytes;
    written += indexed->changed ? indexed->index_bytes : 0;
  }
  auto orphans = remove_orphaned_indexes(fs, arguments.directory);
  if (!orphans.ok()) complain(orphans.status());
  std::string out = fmt::format(
      "{} indexes made ({}, of {} read), {} were right, {} files are too small for one\n",
      format_count(made), format_bytes(static_cast<double>(written)),
      format_bytes(static_cast<double>(read)), format_count(right), format_count(small));
  if (orphans.ok() && *orphans > 0)
    out += fmt::format("{} indexes without a log file removed\n", format_count(*orphans));
  if (Status status = write_out(out); !status.ok()) return session.fail(status);
  return code;
}

}  // namespace ox
