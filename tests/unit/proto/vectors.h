#pragma once
// Reads proto/vectors/*.txt; the form of those files is described in proto/vectors/generate.py.
#include <string>
#include <utility>
#include <vector>

#include "common/base/uuid.h"

namespace ox {

class VectorCase {
 public:
  void add(std::string key, std::string value) { lines_.emplace_back(std::move(key), value); }
  bool empty() const { return lines_.empty(); }

  bool has(const std::string& key) const;
  // The value of a key, hex decoded; a missing key fails the test.
  std::string text(const std::string& key) const;
  // Every value of a key that may come more than once.
  std::vector<std::string> all(const std::string& key) const;
  double number(const std::string& key) const;
  std::uint64_t uint(const std::string& key) const;
  Uuid uuid(const std::string& key) const;
  // What doctest shows when a check of this case fails.
  std::string label() const;

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

// The cases of one file, of which there is at least one.
std::vector<VectorCase> read_vectors(const std::string& file);

}  // namespace ox
