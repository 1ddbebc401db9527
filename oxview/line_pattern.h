#pragma once
// A regular expression for the lines that oxview prints (RE2's syntax, whose matching takes time linear in the
// line, whatever the expression).
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace ox {

// Immutable; copies share it.
class LinePattern {
 public:
  // Error: kInvalid, with RE2's words for it.
  static Result<LinePattern> compile(const std::string& expression);

  // Somewhere in the line.
  bool matches(std::string_view line) const;

  // The first match that begins at `from` or behind it: where it begins and ends.
  std::optional<std::pair<std::size_t, std::size_t>> find(std::string_view line,
                                                          std::size_t from) const;

  // Words that every event has whose line matches (EventConditions::words); perhaps none.
  const std::vector<std::string>& words() const { return words_; }

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
  std::vector<std::string> words_;
};

}  // namespace ox
