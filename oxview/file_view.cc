#include "oxview/file_view.h"

#include <utility>

#include "common/base/civil_time.h"
#include "common/base/log.h"
#include "common/store/cutoffs.h"
#include "common/store/event_scan.h"
#include "common/store/log_reader.h"
#include "common/store/raw_log.h"

namespace ox {
namespace {

constexpr int kEventsBetweenSignalChecks = 4096;

// Bounds that nobody has named are not told.
std::string period_text(const FileSelection& selection) {
  std::string text;
  if (selection.first > WallTime::min() / 2) text += " from " + format_iso_utc(selection.first);
  if (selection.last < WallTime::max() / 2) text += " to " + format_iso_utc(selection.last);
  return text;
}

// Says what is new among the problems.
void tell_problems(const EventScan& scan, std::size_t& told) {
  for (; told < scan.problems().size(); ++told) log_error("{}", scan.problems()[told].message());
}

// Of the files selected, decompressed. Of a file that does not tell: what text usually comes to.
std::uint64_t bytes_of(FileSystem& fs, const FileSelection& selection) {
  constexpr std::uint64_t kUsualCompression = 8;
  auto wanted = [&selection](std::string_view type) { return selection.pattern.matches(type); };
  auto list = find_log_files(fs, selection.directory, wanted, selection.first, selection.last);
  std::uint64_t bytes = 0;
  if (!list.ok()) return bytes;
  for (const LogFile& file : list->files) {
    auto raw = RawLog::open(fs, file);
    if (raw.ok()) bytes += raw->size().value_or(raw->stored_size() * kUsualCompression);
  }
  return bytes;
}

}  // namespace

bool view_files(FileSystem& fs, const FileSelection& selection, Output& output, Printer& printer,
                SearchProgress* progress) {
  auto cutoffs = Cutoffs::load(fs, selection.directory);
  if (!cutoffs.ok()) {
    log_error("{}", cutoffs.status().message());
    return false;
  }
  EventConditions conditions = selection.conditions;
  // Types that the conditions name are of the events themselves; the printer looks at them.
  if (conditions.types.empty() || !selection.pattern.prefix().empty() || selection.pattern.exact())
    conditions.types = {selection.pattern};
  // What is around the events wanted is in files and blocks that have none of them, too.
  if (printer.wants_all()) {
    std::vector<TypePattern> types = std::move(conditions.types);
    conditions = EventConditions();
    conditions.types = std::move(types);
  }
  ScanOptions options;
  options.first = selection.first;
  options.last = selection.last;
  options.types_by_file_name = true;
  options.cutoffs = &*cutoffs;
  const EventScan* running = nullptr;
  options.go_on = [&] {
    if (output.terminal()) output.flush();  // somebody is waiting
    if (progress != nullptr && running != nullptr)
      progress->update(running->progress(), printer.shown());
    return output.check_signals();
  };
  if (progress != nullptr)
    progress->set_total([&fs, &selection] { return bytes_of(fs, selection); });
  if (selection.newest_first) options.order = ScanOptions::Order::kReverse;
  if (printer.only_counts())
    options.count_block = [&printer](const SlotCount& count) { printer.add_counted(count); };
  auto scan = EventScan::open(fs, selection.directory, std::move(conditions), options);
  if (!scan.ok()) {
    log_error("{}", scan.status().message());
    return false;
  }
  running = &*scan;
  std::size_t told = 0;
  bool good = true;
  std::string path;  // of the file that the event before was of
  std::string_view event;
  for (int n = 1; output.open(); ++n) {
    auto found = scan->next(event);
    tell_problems(*scan, told);
    if (!found.ok() || !*found) break;  // interrupted, or at the end
    if (printer.wants_all() && scan->place().path != path) {
      path = scan->place().path;
      printer.begin_source();
    }
    if (Status status = printer.print(event, &scan->slices()); !status.ok()) {
      log_error("{}: offset {}: {}", scan->place().path, scan->place().offset, status.message());
      good = false;
    }
    if (n % kEventsBetweenSignalChecks == 0) output.check_signals();
  }
  if (scan->unfinished() > 0)
    log_info("{}: {} bytes of unfinished events at the end of files", selection.directory,
             scan->unfinished());
  if (scan->progress().files_total == 0)
    log_warning("no log files of type '{}'{} in {}", selection.pattern.to_string(),
                period_text(selection), selection.directory);
  return good && scan->problems().empty() && scan->progress().files_total > 0;
}

}  // namespace ox
