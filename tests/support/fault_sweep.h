#pragma once
// Every call of a run x every way in which it can fail: what a sweep of faults is made of.
//
//   run the story once on a sound disk; for (fault : every_fault(disk.calls()))
//     run it on a disk with fault, heal, and ask what was promised
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/simulated_disk.h"

namespace ox {

// A call is known by what it does, its path, and which of these it is: threads that take turns in
// another order in the next run still meet the same faults. EIO and EINTR for every call, ENOSPC
// where a disk may need room, a part only for reads and writes. A sync that fails loses what it was
// to save.
std::vector<SimulatedDisk::Fault> every_fault(const std::vector<SimulatedDisk::Call>& calls);

// "EINTR at sync 3 of /s/checkpoint.0"
std::string describe(const SimulatedDisk::Fault& fault);

// How often, in the everyday run and in the long one (OX_FAULT_TIER=long).
std::uint64_t rounds(std::uint64_t everyday, std::uint64_t in_the_long_tier);

}  // namespace ox
