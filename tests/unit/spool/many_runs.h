#pragma once
// Runs by number, in no order that follows from it.
#include <cstdint>

#include "common/base/bytes.h"
#include "proto/batch.h"

namespace ox {

inline Uuid numbered_run(std::uint64_t n) {
  Uuid run;
  store_le(&run.bytes[0], (n + 1) * 0x9e3779b97f4a7c15ULL);
  store_le(&run.bytes[8], n);
  return run;
}

}  // namespace ox
