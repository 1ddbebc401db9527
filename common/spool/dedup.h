#pragma once
// Which batches a node has accepted, so that a retransmitted one is acknowledged again and dropped.
//
// A batch is pending from its append until it is safe, then committed. Only the committed ones are
// in the snapshot that a checkpoint keeps: a pending one may vanish in a crash, and must then be
// taken again. Sequence numbers of a run are kept as intervals that are never merged across gaps.
// Threading: one thread.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "proto/batch.h"

namespace ox {

// A set of numbers, kept as disjoint inclusive intervals with gaps between them.
class IntervalSet {
 public:
  void add(std::uint64_t value) { add_range(value, value); }
  void add_range(std::uint64_t first, std::uint64_t last);
  bool contains(std::uint64_t value) const;
  const std::map<std::uint64_t, std::uint64_t>& intervals() const { return last_of_; }

 private:
  std::map<std::uint64_t, std::uint64_t> last_of_;  // first -> last
};

class Dedup {
 public:
  enum class Seen { kNew, kPending, kCommitted };

  // For kPending `end` gets the position behind the pending record.
  Seen look_up(const BatchId& id, std::uint64_t* end = nullptr) const;

  void add_pending(const BatchId& id, std::uint64_t end) { pending_[id] = end; }
  // The append failed or the batch was refused after all: it may come again.
  void forget_pending(const BatchId& id) { pending_.erase(id); }
  // `now` is the node's accumulated uptime; runs not heard of since long expire by it.
  void commit(const BatchId& id, Micros now);
  // A copy of a batch that is known came: its run goes on, and is not forgotten yet.
  void heard(const Uuid& run, Micros now);
  // Forgets runs not heard of since `now - age`. Returns how many.
  std::size_t expire(Micros now, Micros age);
  std::size_t run_count() const { return runs_.size(); }

  // The committed ones, and back. Error: kCorrupt; then nothing was changed.
  std::string snapshot() const;
  Status restore(std::string_view bytes);

 private:
  struct Run {
    IntervalSet seqs;
    Micros last_heard{};
  };
  std::unordered_map<Uuid, Run, UuidHash> runs_;
  std::unordered_map<BatchId, std::uint64_t, BatchIdHash> pending_;
};

}  // namespace ox
