#pragma once
// The query's filter_path: which parts of an answer a client wants (Elasticsearch Guide, "Response
// filtering").
#include <string>
#include <string_view>
#include <vector>

namespace ox {

// "took,items.*.error,-items.index._shards": paths of keys (lists add none), where "*" stands for
// any characters in a key and "**" for any keys. What is under a path belongs to it. With "-":
// what is left out; when there is nothing else, all but that. Constant.
class FilterPath {
 public:
  FilterPath() = default;  // wants everything
  // At most kMostFilters paths; the rest is not looked at.
  explicit FilterPath(std::string_view text);

  using Keys = std::vector<std::string_view>;
  // Whether a value at this place is wanted.
  bool wants(const Keys& path) const;

 private:
  using Pattern = std::vector<std::string>;
  std::vector<Pattern> wanted_;
  std::vector<Pattern> unwanted_;
};

inline constexpr std::size_t kMostFilters = 100;

}  // namespace ox
