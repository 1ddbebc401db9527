#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ox {

// The candidate nearest to `word` by edit distance, or "" when none is near enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace ox
