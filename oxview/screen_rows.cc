#include "oxview/screen_rows.h"

namespace ox {

void ScreenRows::add(std::string_view text) {
  for (char c : text) {
    if (full()) return;
    if (in_colour_) {
      in_colour_ = c != 'm';
    } else if (c == '\x1b') {
      in_colour_ = true;
    } else if (c == '\n') {
      ++rows_;
      column_ = 0;
    } else if (c != '\r' && (static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      if (column_ == screen_.columns) {
        ++rows_;
        column_ = 0;
      }
      ++column_;
    }
  }
}

}  // namespace ox
