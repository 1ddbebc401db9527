#include "common/read/store_reader.h"

#include <utility>

#include "common/base/log.h"
#include "common/store/cutoffs.h"

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
