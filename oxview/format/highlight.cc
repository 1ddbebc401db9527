#include "oxview/format/highlight.h"

#include <utility>

#include "common/ingest/model/level.h"

namespace ox {
namespace {

constexpr std::string_view kMatchColour = "\x1b[1;31m";  // grep's

void append_coloured(std::string& out, std::string_view text, std::string_view colour) {
  if (text.empty() || colour.empty()) {
    out += text;
    return;
  }
  out += colour;
  out += text;
  out += kNoColour;
}

}  // namespace

std::string_view level_colour(RawValue level) {
  auto number = level.as_number();
  if (!number) return "";
  if (*number >= kLevelCritical) return "\x1b[1;31m";
  if (*number >= kLevelError) return "\x1b[31m";
  if (*number >= kLevelWarning) return "\x1b[33m";
  if (*number >= kLevelNotice) return "\x1b[36m";
  return *number < kLevelInfo ? "\x1b[2m" : "";
}

void colour_line(std::string& out, std::size_t begin, const ColouredPart& part,
                 const std::optional<LinePattern>& pattern) {
  if (part.colour.empty() && !pattern) return;
  const std::string line = out.substr(begin);
  const std::string_view view(line);
  out.resize(begin);
  // Text that is no match, [from, to): a piece of it may be of the part.
  auto append_plain = [&](std::size_t from, std::size_t to) {
    const std::size_t first = std::min(std::max(part.begin, from), to);
    const std::size_t last = std::max(std::min(part.end, to), first);
    out += view.substr(from, first - from);
    append_coloured(out, view.substr(first, last - first), part.colour);
    out += view.substr(last, to - last);
  };
  std::size_t done = 0;
  if (pattern) {
    for (std::size_t at = 0; at <= line.size();) {
      const auto match = pattern->find(view, at);
      if (!match) break;
      if (match->first == match->second) {  // of nothing there is nothing to see
        at = match->second + 1;
        continue;
      }
      append_plain(done, match->first);
      append_coloured(out, view.substr(match->first, match->second - match->first), kMatchColour);
      at = done = match->second;
    }
  }
  append_plain(done, line.size());
}

}  // namespace ox
