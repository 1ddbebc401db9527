#pragma once
// Which batches a node has accepted, so that a retransmitted one is acknowledged again and dropped.
//
// A batch is pending from its append until it is safe, then committed. Only the committed ones are
// in the snapshot that a checkpoint keeps: a pending one may vanish in a crash, and must then be
// taken again. Sequence numbers of a run are kept as intervals that are never merged across gaps.
//
// Memory, and with it the snapshot, is bounded: beyond a number of intervals, runs not heard of for
// a while are spilled (SpilledRuns), and come back when somebody asks for them; of a run with many
// gaps the lower intervals are. The caller moves them, in two steps so that no lock is held while a
// file is written: pick(), then forget(). Without a disk they are forgotten for good.
// Threading: one thread at a time.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/spool/dedup_file.h"
#include "common/spool/spilled_runs.h"
#include "proto/batch.h"

namespace ox {

// A set of numbers, kept as disjoint inclusive intervals with gaps between them.
class IntervalSet {
 public:
  using Map = std::map<std::uint64_t, std::uint64_t>;  // first -> last

  void add(std::uint64_t value) { add_range(value, value); }
  void add_range(std::uint64_t first, std::uint64_t last);
  // Takes the interval out; false when there is none with just these ends.
  bool remove(std::uint64_t first, std::uint64_t last);
  bool contains(std::uint64_t value) const;
  const Map& intervals() const { return last_of_; }
  std::size_t size() const { return last_of_.size(); }

 private:
  Map last_of_;
};

struct DedupLimits {
  // Intervals in memory. Beyond them goes what is idle, until half of them are left; beyond eight
  // times as many also what is not, until half of those are left.
  std::size_t intervals = 4096;
  Micros idle = std::chrono::minutes(1);  // of uptime
  std::size_t of_one_run = 256;           // of a run that goes on, the upper half of these stay
};

class Dedup {
 public:
  enum class Seen { kNew, kPending, kCommitted };

  // `spilled` may be null; otherwise it must outlive this.
  explicit Dedup(const DedupLimits& limits = {}, SpilledRuns* spilled = nullptr)
      : limits_(limits), spilled_(spilled) {}

  // For kPending `end` gets the position behind the pending record. Reads files when the run is not
  // in memory, or the number is one of those that were spilled.
  Seen look_up(const BatchId& id, std::uint64_t* end = nullptr);

  void add_pending(const BatchId& id, std::uint64_t end) { pending_[id] = end; }
  // The append failed or the batch was refused after all: it may come again.
  void forget_pending(const BatchId& id) { pending_.erase(id); }
  // `now` is the node's accumulated uptime; runs not heard of since long expire by it.
  void commit(const BatchId& id, Micros now);
  // A copy of a batch that is known came: its run goes on, and is not forgotten yet.
  void heard(const Uuid& run, Micros now);
  // Forgets runs in memory not heard of since `now - age`. Returns how many.
  std::size_t expire(Micros now, Micros age);
  // When the run was last heard of, if it is in memory.
  std::optional<Micros> last_heard(const Uuid& run) const;

  // What should leave memory, in the order of records: nothing when there is no need, or when it
  // would not be worth a file.
  std::vector<DedupRecord> pick(Micros now) const;
  // What was picked is in a file that `spilled` knows by now, or is given up. What has changed
  // since then stays. Returns how many intervals went.
  std::size_t forget(const std::vector<DedupRecord>& picked);

  // In memory.
  std::size_t run_count() const { return runs_.size(); }
  std::size_t interval_count() const { return intervals_; }

  // The committed ones in memory and the files that hold the others; and back, but for the files,
  // which `spilled` has to know. Error: kCorrupt; then nothing was changed.
  std::string snapshot() const;
  Status restore(std::string_view bytes);
  // The files that a snapshot names; none when it is empty, as in a spool without an intake. Error:
  // kCorrupt.
  static Result<std::vector<DedupFileRef>> files_of(std::string_view snapshot);
  // A snapshot of the first format, made into one of this.
  static std::string from_version_1(std::string_view snapshot);

 private:
  struct Run {
    IntervalSet seqs;
    Micros last_heard{};
    // Of the numbers up to this some may be spilled; those behind it that are known are in `seqs`.
    std::optional<std::uint64_t> spilled_upto;
  };
  using Runs = std::unordered_map<Uuid, Run, UuidHash>;

  Run* load(const Uuid& run);
  static void append_records(const Uuid& id, const Run& run, std::size_t count,
                             std::vector<DedupRecord>& out);

  const DedupLimits limits_;
  SpilledRuns* const spilled_;
  Runs runs_;
  std::size_t intervals_ = 0;  // in runs_
  std::unordered_map<BatchId, std::uint64_t, BatchIdHash> pending_;
};

}  // namespace ox
