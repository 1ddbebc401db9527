#pragma once
// What CPU this process has used so far: user and system, all threads, those that have ended included.
#include <ctime>

namespace ox {

inline double process_cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace ox
