#pragma once
// The log files as one request reads them: its conditions, the cut-offs in force when it began, and
// an early end when nobody waits for it any more.
// Threading: one thread, that of the request's ScanJob.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "common/base/status.h"
#include "common/read/event_selection.h"
#include "common/read/read_context.h"
#include "common/read/scan_pool.h"
#include "common/store/event_counts.h"
#include "common/store/event_scan.h"
#include "common/store/file_scan.h"
#include "common/store/log_reader.h"

namespace ox {

// Events by CountSlot::slot, those without a time left out.
using SlotCounts = std::map<std::int32_t, std::uint64_t>;

class StoreReader {
 public:
  // Both must outlive the reader. Error: the cut-offs cannot be read (kIo, kCorrupt).
  static Result<StoreReader> open(ReadContext& context, const ScanJob& job);
  ~StoreReader();
  StoreReader(StoreReader&&) noexcept;
  StoreReader& operator=(StoreReader&&) = delete;

  // Returns false to end the reading. The views are good for the call.
  using Each = std::function<Result<bool>(std::string_view event, const EventSlices& slices,
                                          const LogPlace& place)>;

  // Calls `each` for all events selected. Only order, first and last of `options` count. Errors:
  // kUnavailable, nobody waits any more (ScanJob::stopped()); those of `each` and of the selection's
  // test; the directory cannot be listed. Files that cannot be read are logged and gone on without.
  Status for_each(const EventSelection& selection, const Each& each, ScanOptions options = {});

  // How many there are in all, and in each slot of time. Errors likewise.
  Result<SlotCounts> count(const EventSelection& selection);

  // The files that a LogPlace's path names: none, one, or two, when a log file was written to again
  // after it was compressed. Only what a listing of the directory has, whatever the path says.
  // Error: the directory cannot be listed.
  Result<std::vector<LogFile>> files_at(std::string_view path) const;
  // Calls `each` for the events of one file, `raw`, that begin at `from`, where one does, or behind.
  // Errors: as for_each()'s.
  using EachAt = std::function<Result<bool>(std::string_view event, std::uint64_t offset)>;
  Status for_each_in(const LogFile& file, RawLog raw, std::uint64_t from, const EachAt& each);
  FileSystem& fs() const { return context_->fs; }

 private:
  StoreReader(ReadContext& context, const ScanJob& job);
  ScanOptions with_bounds(ScanOptions options) const;
  void report(const std::vector<Status>& problems) const;

  ReadContext* context_;
  const ScanJob* job_;
  std::unique_ptr<const Cutoffs> cutoffs_;
};

}  // namespace ox
