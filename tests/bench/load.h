#pragma once
// The senders of bench_load. What can be done ahead is done when one is made: events and, for the link, sealed
// batches wait in memory, so that sending costs as little as it can.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "common/base/address.h"
#include "common/base/status.h"
#include "tests/bench/workload.h"

namespace ox {

struct LoadOptions {
  std::uint64_t events = 1'000'000;
  std::size_t senders = 1;  // connections; the events go over them in turn
};

class Load {
 public:
  virtual ~Load() = default;
  // As fast as they are taken. Returns once the last one has left (v3) or is acknowledged (link).
  virtual Status send() = 0;
};

// The workload must outlive them.
std::unique_ptr<Load> make_v3_load(const Address& collect, const Workload& workload,
                                   const LoadOptions& options);
// Takes memory for all events.
std::unique_ptr<Load> make_link_load(const Address& link, const Workload& workload,
                                     const LoadOptions& options);

}  // namespace ox
