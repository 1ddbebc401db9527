#pragma once
// Colours of a terminal, as plain ANSI (ECMA-48, SGR): its own sixteen, so that they fit its theme.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oxview/line_pattern.h"
#include "proto/raw_value.h"

namespace ox {

inline constexpr std::string_view kNoColour = "\x1b[0m";

// That of a level: dim below info, red from error on. "" for info, and for what is no level.
std::string_view level_colour(RawValue level);

// A part of a line and its colour.
struct ColouredPart {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view colour;  // "": none
};

// Puts colours into the line that begins at `begin` of `out`: of `part`, and of what `pattern`
// matches, if there is one. Where they meet, the match has its own.
void colour_line(std::string& out, std::size_t begin, const ColouredPart& part,
                 const std::optional<LinePattern>& pattern);

}  // namespace ox
