#pragma once
// What is known of the terminal somebody sits at.
#include <cstddef>

namespace ox {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// Of the terminal `fd`; where it is none, or does not know: COLUMNS and LINES, else the default.
TerminalSize terminal_size(int fd);

// By the locale of the environment (LC_ALL, LC_CTYPE, LANG).
bool locale_is_utf8();

}  // namespace ox
