#include "common/ingest/api/elasticsearch/filter_path.h"

#include <algorithm>
#include <span>

#include "common/http/http_fields.h"

namespace ox {
namespace {

// With '*' for any characters. Linear in practice: one star is gone back to at most.
bool key_fits(std::string_view pattern, std::string_view key) {
  std::size_t p = 0, k = 0;
  std::size_t star = std::string_view::npos, taken = 0;
  while (k < key.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = k;
    } else if (p < pattern.size() && pattern[p] == key[k]) {
      ++p;
      ++k;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      k = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// The pattern covers the path, or something above it. Paths have a few keys, and patterns no "**" twice
// in a row.
bool covers(std::span<const std::string> pattern, std::span<const std::string_view> path) {
  if (pattern.empty()) return true;
  if (pattern.front() == "**")
    return covers(pattern.subspan(1), path) || (!path.empty() && covers(pattern, path.subspan(1)));
  return !path.empty() && key_fits(pattern.front(), path.front()) &&
         covers(pattern.subspan(1), path.subspan(1));
}

std::vector<std::string> keys_of(std::string_view text) {
  constexpr std::size_t kMostKeys = 8;  // no answer is deeper
  std::vector<std::string> keys;
  while (keys.size() < kMostKeys) {
    const std::size_t dot = text.find('.');
    std::string key(text.substr(0, dot));
    if (key != "**" || keys.empty() || keys.back() != "**") keys.push_back(std::move(key));
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  return keys;
}

}  // namespace

FilterPath::FilterPath(std::string_view text) {
  std::size_t count = 0;
  for (std::string_view one : split_list(text)) {
    if (++count > kMostFilters) break;
    const bool without = one.starts_with('-');
    if (without) one.remove_prefix(1);
    (without ? unwanted_ : wanted_).push_back(keys_of(one));
  }
}

bool FilterPath::wants(const Keys& path) const {
  auto fits = [&](const Pattern& pattern) { return covers(pattern, path); };
  if (std::any_of(unwanted_.begin(), unwanted_.end(), fits)) return false;
  return wanted_.empty() || std::any_of(wanted_.begin(), wanted_.end(), fits);
}

}  // namespace ox
