#pragma once
// Batches of events that are told by their types.
#include <string>
#include <utility>
#include <vector>

#include "proto/batch.h"

namespace ox {

// An event of each {type, host}, in this order; its body is its number and the type.
inline BatchPtr batch_of(const std::vector<std::pair<std::string, std::string>>& events,
                         std::uint64_t seq = 1) {
  BatchBuilder builder(1 << 20);
  int n = 0;
  for (const auto& [type, host] : events) {
    builder.add(type, host, 1.5 + n, std::to_string(n) + type);
    ++n;
  }
  Uuid run;
  run.bytes.fill('r');
  return builder.seal({run, seq}, Seconds(1'500'000'000));
}

inline std::vector<std::string> bodies_of(const Batch& batch) {
  std::vector<std::string> bodies;
  BatchCursor cursor(batch);
  BatchEvent event;
  while (cursor.next(event)) bodies.emplace_back(event.body);
  return bodies;
}

}  // namespace ox
