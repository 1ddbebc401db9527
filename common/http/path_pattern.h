#pragma once
// A path of a route: "/api/v1/events", "/api/v1/events/{type}", "/{index}/_bulk",
// "/fluent/{tag...}".
// "{name}" is one segment, not empty; "{name...}", only at the end, is all that follows, slashes
// included, not empty. Segments are compared decoded, so that "%2F" is never a separator.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace ox {

class PathPattern {
 public:
  using Parameters = std::vector<std::pair<std::string_view, std::string>>;

  // Error: kInvalid.
  static Result<PathPattern> parse(std::string_view text);

  // Fills `parameters` (names are views into the pattern) when it matches. `raw_path` begins with
  // "/" and has valid escapes.
  bool matches(std::string_view raw_path, Parameters& parameters) const;

  bool literal() const { return literal_; }
  const std::string& text() const { return text_; }
  // Patterns that may match the same path: the one that is less has the literal segment where they
  // first differ, and goes first.
  bool goes_before(const PathPattern& other) const;

 private:
  enum class Kind { kLiteral, kSegment, kRest };
  struct Part {
    Kind kind;
    std::string text;  // the literal, or the parameter's name
  };

  std::string text_;
  std::vector<Part> parts_;
  bool literal_ = true;
};

}  // namespace ox
