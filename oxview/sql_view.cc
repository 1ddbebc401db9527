#include "oxview/sql_view.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "common/base/exit_codes.h"
#include "common/base/log.h"
#include "common/store/cutoffs.h"

namespace ox {
namespace {

// SQLite groups by sorting: ten million rows are a gigabyte. Whoever asks owns the process, so it is as
// with sort(1): half of the machine's memory.
void allow_memory() {
  constexpr std::size_t kLeast = 512 << 20;
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return;
  limit_query_memory(
      std::max(kLeast, static_cast<std::size_t>(pages) * static_cast<std::size_t>(page) / 2));
}

int print_rows(Result<EventQuery> query, Output& output) {
  if (!query.ok()) {
    log_error("--sql: {}", query.status().message());
    return kExitUsage;
  }
  Status status;
  while (output.open()) {
    auto row = query->next();
    status = row.status();
    if (!row.ok() || !*row) break;
    query->append_row_json(output.buffer());
    output.buffer() += '\n';
    output.settle();
  }
  if (!status.ok() && output.open()) log_error("--sql: {}", status.message());
  for (const Status& problem : query->problems()) log_error("{}", problem.message());
  const ScanProgress read = query->progress();
  log_info("{} files, {} bytes read, {} passed over, {} events", read.files_done, read.bytes_read,
           read.bytes_skipped, read.events_read);
  return status.ok() && query->problems().empty() ? kExitOk : kExitFailed;
}

}  // namespace

int view_sql(FileSystem& fs, const FileSelection& selection, const std::string& select,
             Output& output) {
  allow_memory();
  auto cutoffs = Cutoffs::load(fs, selection.directory);
  if (!cutoffs.ok()) {
    log_error("{}", cutoffs.status().message());
    return kExitFailed;
  }
  QueryScope scope;
  scope.directory = selection.directory;
  scope.conditions.types.push_back(selection.pattern);
  scope.scan.first = selection.first;
  scope.scan.last = selection.last;
  scope.scan.cutoffs = &*cutoffs;
  QueryLimits limits;
  limits.go_on = [&output] { return output.check_signals(); };
  scope.scan.go_on = limits.go_on;
  return print_rows(EventQuery::prepare(fs, std::move(scope), select, limits), output);
}

int view_sql(EventStream& stream, const std::string& select, Output& output) {
  allow_memory();
  QueryLimits limits;
  // Until its end a signal is the stream's, which hears it when it is asked for an event.
  limits.go_on = [&] { return !stream.ended() || output.check_signals(); };
  const int code = print_rows(EventQuery::prepare(stream, {}, select, limits), output);
  if (stream.problem().ok()) return code;
  log_error("{}", stream.problem().message());
  return kExitFailed;
}

}  // namespace ox
