#include "common/http/path_pattern.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "common/http/url.h"

namespace ox {
namespace {

// Cuts the first segment off `rest`, which begins with "/", and returns it without the slash.
std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  std::string_view segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

}  // namespace

Result<PathPattern> PathPattern::parse(std::string_view text) {
  PathPattern pattern;
  pattern.text_ = text;
  auto wrong = [&](std::string_view what) {
    return Status(Code::kInvalid, fmt::format("path pattern \"{}\": {}", text, what));
  };
  if (text.empty() || text.front() != '/') return wrong("does not begin with \"/\"");
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view segment = take_segment(rest);
    Part part{Kind::kLiteral, std::string(segment)};
    if (!segment.empty() && segment.front() == '{' && segment.back() == '}') {
      std::string_view name = segment.substr(1, segment.size() - 2);
      bool whole = name.ends_with("...");
      if (whole) name.remove_suffix(3);
      if (name.empty()) return wrong("a parameter has no name");
      if (whole && !rest.empty()) return wrong("\"...\" is not at the end");
      part = {whole ? Kind::kRest : Kind::kSegment, std::string(name)};
      pattern.literal_ = false;
    } else if (segment.find_first_of("{}%?#") != std::string_view::npos) {
      return wrong("a segment is neither plain text nor one parameter");
    }
    pattern.parts_.push_back(std::move(part));
  }
  return pattern;
}

bool PathPattern::matches(std::string_view raw_path, Parameters& parameters) const {
  parameters.clear();
  std::string_view rest = raw_path;
  for (const Part& part : parts_) {
    if (rest.empty()) return false;
    if (part.kind == Kind::kRest) {
      auto value = decode_path(rest.substr(1));
      if (!value || value->empty()) return false;
      parameters.emplace_back(part.text, std::move(*value));
      return true;
    }
    auto segment = decode_path(take_segment(rest));
    if (!segment) return false;
    if (part.kind == Kind::kLiteral) {
      if (*segment != part.text) return false;
    } else {
      if (segment->empty()) return false;
      parameters.emplace_back(part.text, std::move(*segment));
    }
  }
  return rest.empty();
}

bool PathPattern::goes_before(const PathPattern& other) const {
  std::size_t n = std::min(parts_.size(), other.parts_.size());
  for (std::size_t i = 0; i < n; ++i)
    if (parts_[i].kind != other.parts_[i].kind) return parts_[i].kind < other.parts_[i].kind;
  return parts_.size() > other.parts_.size();
}

}  // namespace ox
