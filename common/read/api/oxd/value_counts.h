#pragma once
// How often each of many values occurs.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ox {

// Bounds: remembers the first `most` different values, of up to kLongestValue bytes; what comes beyond is
// counted together.
class ValueCounts {
 public:
  static constexpr std::size_t kLongestValue = 256;
  explicit ValueCounts(std::size_t most = 10'000) : most_(most) {}

  void add(std::string_view value);

  // The values that occur most, those of equal counts in their own order.
  std::vector<std::pair<std::string, std::uint64_t>> top(std::size_t n) const;
  std::size_t distinct() const { return counts_.size(); }
  // Occurrences of values that are not remembered.
  std::uint64_t others() const { return others_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  const std::size_t most_;
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
  std::uint64_t others_ = 0;
};

}  // namespace ox
