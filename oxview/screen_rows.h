#pragma once
#include <cstddef>
#include <string_view>

#include "oxview/terminal.h"

namespace ox {

// How many rows of a terminal text takes: longer lines go on in the next row, and colours
// (ESC [ ... m) take no place. A character that is not ASCII counts as one column.
class ScreenRows {
 public:
  explicit ScreenRows(const TerminalSize& screen) : screen_(screen) {}

  // Text behind what was added before; it may end inside a character or a colour.
  void add(std::string_view text);

  // True when it is more than fits the screen, with a row for the prompt that comes back below it.
  bool full() const { return rows_ >= screen_.rows; }

 private:
  const TerminalSize screen_;
  std::size_t rows_ = 0;  // begun and ended
  std::size_t column_ = 0;
  bool in_colour_ = false;
};

}  // namespace ox
