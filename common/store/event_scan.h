#pragma once
// The events of a log directory that fulfil conditions, read with as little reading as the indexes
// (log_index.h) allow. What is found never depends on them, nor on whether a file is compressed,
// closed, or being written: of an event that is only half there nothing is seen.
//
// Order:      forward: the files by the start of their period, then type; in a file, as written.
//             Reverse: exactly the other way around. By time: see event_order.h; an index that is
//             wrong may then have events come too late.
// Damage:     events before the damaged place of a file are found, none behind it; then the next
//             file is gone on with. See problems().
// Bounds:     memory for one block and one event (kScanBlockBytes, kMaxStoredEventBytes), the index
//             of a file, and in reverse 64 MiB of a file that cannot be read from the middle. By
//             time: as SortedScan says (sorted_scan.h).
// Threading:  one thread, but for what ScanOptions says.
// Ownership:  borrows the file system, the cut-offs and the cancel flag.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/count_slot.h"
#include "common/store/event_conditions.h"
#include "common/store/event_order.h"
#include "common/store/log_place.h"

namespace ox {

class Cutoffs;  // common/store/cutoffs.h

// About how many bytes are read, or skipped, at a time.
inline constexpr std::size_t kScanBlockBytes = 512 << 10;

struct ScanOptions {
  enum class Order { kForward, kReverse, kOldestFirst, kNewestFirst };
  Order order = Order::kForward;
  EventOrder::By by = EventOrder::By::kTime;  // kOldestFirst, kNewestFirst
  // Only files that may hold events received in this time, both inclusive (find_log_files()).
  WallTime first = WallTime::min() / 2;
  WallTime last = WallTime::max() / 2;
  // A file that is named for a wanted type has only wanted events, whatever type they name
  // themselves (oxview's -n).
  bool types_by_file_name = false;
  const Cutoffs* cutoffs = nullptr;           // events that are gone
  const std::atomic<bool>* cancel = nullptr;  // set by any thread: next() ends with kUnavailable
  std::function<bool()> go_on;                // the same when it returns false; asked once a block
  // When set, blocks are not read of which the index tells how many of their events are wanted:
  // they are told here, and only here. (Forward and reverse.)
  std::function<void(const SlotCount&)> count_block;
};

struct ScanProgress {
  std::uint64_t files_total = 0;
  std::uint64_t files_done = 0;
  std::uint64_t blocks_read = 0;     // of files that have an index
  std::uint64_t blocks_skipped = 0;  // the same
  std::uint64_t bytes_read = 0;      // decompressed
  std::uint64_t bytes_skipped = 0;
  std::uint64_t events_read = 0;
  std::uint64_t events_found = 0;
};

class EventScan {
 public:
  // Errors: kIo, kNotFound: the directory cannot be listed.
  static Result<EventScan> open(FileSystem& fs, const std::string& directory,
                                EventConditions conditions, ScanOptions options = {});
  EventScan(EventScan&&) noexcept;
  EventScan& operator=(EventScan&&) noexcept;
  ~EventScan();

  // True: `event` is the next one, valid until next() is called again. False: there are no more.
  // Error: kUnavailable, was cancelled; then every call says so.
  Result<bool> next(std::string_view& event);

  // Of the event given out last.
  const EventSlices& slices() const;
  const LogPlace& place() const;

  ScanProgress progress() const;
  // Directories and files, or the rest of files, that could not be read, each once.
  const std::vector<Status>& problems() const;
  // Bytes of events that were only half there at the end of files: files being written, or cut.
  std::uint64_t unfinished() const;

 private:
  class Impl;
  explicit EventScan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ox
