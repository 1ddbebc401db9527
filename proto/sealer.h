#pragma once
// When to seal a batch. It is sealed when it is full; at once when the input has run dry and none
// of the earlier batches is on its way; otherwise when the last of those is settled, but at most
// `delay` after its first event. Light load gets low latency, heavy load gets large batches.
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "common/base/clock.h"
#include "proto/batch.h"

namespace ox {

// Of the sizes from 64 KiB to 4 MiB the cheapest, all in all, on machines whose second-level cache
// holds 1 MiB: smaller batches wake more threads and make more system calls for each event, larger
// ones leave the caches between two steps. tests/bench/core.py, "link -> agent -> collector".
inline constexpr std::size_t kDefaultBatchBytes = 512 << 10;

struct SealerOptions {
  std::size_t batch_bytes = kDefaultBatchBytes;  // of events; a larger event gets its own batch
  Micros delay = Millis(5);
};

// A run of batches: draws the run's identity and numbers them from 1. Threading: one thread.
class Sealer {
 public:
  // `sealed` is called from inside the calls below, in order of the batches' numbers.
  Sealer(const SealerOptions& options, const Clock& clock, std::function<void(BatchPtr)> sealed);

  // Copies the event in. Names of up to kMaxNameBytes and bodies of up to kMaxEventBytes.
  void add(std::string_view type, std::string_view host, double end, std::string_view body);
  // Nothing more can be read at the moment.
  void input_dry();
  // One of the sealed batches came to its end: acknowledged, or given up.
  void settled();
  // Seals what there is, whatever is in flight.
  void flush();

  // When the batch at hand must be sealed by on_deadline(); nothing when there is none.
  std::optional<MonoTime> deadline() const;
  void on_deadline();

  const Uuid& run() const { return run_; }
  std::uint64_t sealed_count() const { return next_seq_ - 1; }
  std::uint64_t in_flight() const { return in_flight_; }
  // Events in the batch at hand.
  std::uint32_t waiting_events() const { return builder_.count(); }

 private:
  const SealerOptions options_;
  const Clock& clock_;
  const std::function<void(BatchPtr)> sealed_;
  const Uuid run_ = Uuid::random();
  BatchBuilder builder_;
  std::uint64_t next_seq_ = 1;
  std::uint64_t in_flight_ = 0;
  bool dry_ = false;  // the input was dry after the last event
  MonoTime first_at_{};
};

}  // namespace ox
