#pragma once
// What somebody else's query may cost.
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>

#include "common/base/clock.h"

namespace ox {

struct QueryLimits {
  std::size_t max_length = 16 << 10;          // bytes of the text
  int max_depth = 100;                        // of parentheses
  std::optional<Micros> time_limit;           // from its preparation to its last row
  const std::atomic<bool>* cancel = nullptr;  // set by any thread; must outlive the query
  std::function<bool()> go_on;  // asked now and then on the query's thread: false is as `cancel`
};

// The memory of all queries of the process together (SQLite's), 512 MiB unless said; one that would
// need more ends with kTooLarge. Thread-safe.
void limit_query_memory(std::size_t bytes);

}  // namespace ox
