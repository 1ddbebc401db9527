#include "common/read/api/oxd/value_counts.h"

#include <algorithm>

namespace ox {

void ValueCounts::add(std::string_view value) {
  auto found = counts_.find(value);
  if (found != counts_.end()) {
    ++found->second;
  } else if (counts_.size() < most_ && value.size() <= kLongestValue) {
    counts_.emplace(value, 1);
  } else {
    ++others_;
  }
}

std::vector<std::pair<std::string, std::uint64_t>> ValueCounts::top(std::size_t n) const {
  std::vector<std::pair<std::string, std::uint64_t>> out(counts_.begin(), counts_.end());
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  out.resize(std::min(out.size(), n));
  return out;
}

}  // namespace ox
