#pragma once
// The senders of bench_load: each sends events of a workload as fast as they are taken, and returns once
// the last one has left (v3) or is acknowledged (link).
#include <cstddef>
#include <cstdint>

#include "common/base/address.h"
#include "common/base/status.h"
#include "tests/bench/workload.h"

namespace ox {

struct LoadOptions {
  std::uint64_t events = 1'000'000;
  std::size_t senders = 1;  // connections; they send in turn
};

Status send_v3(const Address& collect, const Workload& workload, const LoadOptions& options);
Status send_link(const Address& link, const Workload& workload, const LoadOptions& options);

}  // namespace ox
