#pragma once
// Text from the network made fit for a terminal, and measured as a terminal shows it.
#include <cstddef>
#include <string>
#include <string_view>

namespace ox {

// `bytes` as UTF-8 that moves no cursor: control characters as \x1b or \u202e, a backslash as \\,
// what is no UTF-8 as U+FFFD. What is longer than `max_columns` is cut, with an ellipsis.
std::string printable(std::string_view bytes, std::size_t max_columns = 512);

// Columns that `text` takes on a terminal.
std::size_t display_width(std::string_view text);

// `text` cut to at most `columns`, the last of them an ellipsis when something was cut.
std::string clip(std::string_view text, std::size_t columns);

}  // namespace ox
