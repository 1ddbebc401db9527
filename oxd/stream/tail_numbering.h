#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proto/batch.h"

namespace ox {

// The sequence numbers of one batch's events: for the pair p of the batch, events of its type count
// up from first[type_of_pair[p]].
struct TailNumbers {
  std::vector<std::uint16_t> type_of_pair;
  std::vector<std::uint64_t> first;  // 0: this type is not numbered
};

// Numbers the events of each type from 1. Everything that may be shown is numbered, whether
// somebody looks or not, so that a jump means a gap. Threading: one thread.
class TailNumbering {
 public:
  // Types beyond `max_types` are not numbered.
  explicit TailNumbering(std::size_t max_types) : max_types_(max_types) {}

  // Numbers the events of the next batch; `out` may be null.
  void number(const Batch& batch, TailNumbers* out);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::size_t max_types_;
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> last_of_;
};

}  // namespace ox
