#include "common/read/store_reader.h"

#include <utility>

#include "common/base/log.h"
#include "common/store/cutoffs.h"
#include "common/store/event_matcher.h"
#include "common/store/log_index.h"
#include "proto/log_name.h"

namespace ox {
namespace {

Status nobody_waits() { return Status(Code::kUnavailable, "nobody waits for this any more"); }

}  // namespace

StoreReader::StoreReader(ReadContext& context, const ScanJob& job)
    : context_(&context), job_(&job) {}
StoreReader::~StoreReader() = default;
StoreReader::StoreReader(StoreReader&&) noexcept = default;

Result<StoreReader> StoreReader::open(ReadContext& context, const ScanJob& job) {
  StoreReader out(context, job);
  OX_ASSIGN_OR_RETURN(Cutoffs cutoffs, Cutoffs::load(context.fs, context.directory));
  out.cutoffs_ = std::make_unique<const Cutoffs>(std::move(cutoffs));
  return out;
}

ScanOptions StoreReader::with_bounds(ScanOptions options) const {
  if (!cutoffs_->empty()) options.cutoffs = cutoffs_.get();
  options.go_on = [job = job_] { return job->go_on(); };
  return options;
}

void StoreReader::report(const std::vector<Status>& problems) const {
  if (problems.empty()) return;
  context_->metrics.counter("scans.problems").add(problems.size());
  for (const Status& problem : problems) log_warning("{}", problem.message());
}

Status StoreReader::for_each(const EventSelection& selection, const Each& each,
                             ScanOptions options) {
  OX_ASSIGN_OR_RETURN(EventScan scan,
                      EventScan::open(context_->fs, context_->directory, selection.conditions,
                                      with_bounds(std::move(options))));
  std::string_view event;
  while (true) {
    OX_ASSIGN_OR_RETURN(const bool found, scan.next(event));
    if (!found) break;
    if (selection.test) {
      OX_ASSIGN_OR_RETURN(const bool wanted, selection.test(event, scan.slices()));
      if (!wanted) continue;
    }
    OX_ASSIGN_OR_RETURN(const bool more, each(event, scan.slices(), scan.place()));
    if (!more) break;
  }
  report(scan.problems());
  return job_->go_on() ? ok_status() : nobody_waits();
}

Result<std::vector<LogFile>> StoreReader::files_at(std::string_view path) const {
  auto name = parse_log_file_name(path.substr(path.rfind('/') + 1));
  if (!name || path.starts_with('/')) return std::vector<LogFile>();
  OX_ASSIGN_OR_RETURN(
      LogFileList list,
      find_log_files(
          context_->fs, context_->directory,
          [&name](std::string_view type) { return type == name->type; }, name->start, name->start));
  // An index has one name for the log file and whatever it is compressed to.
  LogFile plain;
  plain.path = join_path(context_->directory, path);
  std::erase_if(list.files, [wanted = index_path(plain)](const LogFile& file) {
    return index_path(file) != wanted;
  });
  return std::move(list.files);
}

Status StoreReader::for_each_in(const LogFile& file, RawLog raw, std::uint64_t from,
                                const EachAt& each) {
  const EventConditions all;
  EventMatcher matcher(all, file, false, cutoffs_->of(context_->fs, file));
  FileScan::Settings settings;
  settings.from = from;
  settings.go_on = [this] { return job_->go_on(); };
  ScanProgress progress;
  auto scan = FileScan::open(context_->fs, file, std::move(matcher), settings, progress,
                             FileScan::Index::kIgnore, std::move(raw));
  while (true) {
    const FileScan::Loaded loaded = scan->load();
    if (loaded == FileScan::Loaded::kGivenUp) return nobody_waits();
    if (loaded == FileScan::Loaded::kEnd) break;
    for (const EventMatcher::Match& match : scan->matches()) {
      OX_ASSIGN_OR_RETURN(const bool more, each(scan->bytes(match), scan->offset(match)));
      if (!more) return ok_status();
    }
  }
  if (!scan->problem().ok()) report({scan->problem()});
  return ok_status();
}

Result<SlotCounts> StoreReader::count(const EventSelection& selection) {
  SlotCounts out;
  if (selection.test || !selection.conditions.words.empty()) {
    OX_RETURN_IF_ERROR(
        for_each(selection,
                 [&](std::string_view, const EventSlices& slices, const LogPlace&) -> Result<bool> {
                   ++out[CountSlot::of(slices).slot];
                   return true;
                 }));
  } else {
    OX_ASSIGN_OR_RETURN(EventCounts counts, count_events(context_->fs, context_->directory,
                                                         selection.conditions, with_bounds({})));
    report(counts.problems);
    for (const auto& [slot, count] : counts.slots) out[slot.slot] += count;
  }
  out.erase(CountSlot::kNoTime);
  return out;
}

}  // namespace ox
