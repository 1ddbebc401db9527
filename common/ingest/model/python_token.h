#pragma once
// The two tokens of Python that need reading: numbers and strings ("The Python Language Reference",
// sections 2.4.1 and 2.4.5-2.4.7).
#include <cstddef>
#include <optional>
#include <string_view>

#include "common/ingest/model/python_value.h"

namespace ox {

// A character of a name: letters, digits, '_', and all that is not ASCII.
bool is_python_name(char c);

// The number at the front of `text`, which begins with a digit or with '.' and a digit; it is moved
// behind it. Nothing when it is none, or has over 4300 decimal digits, which is where Python stops.
std::optional<PythonValue> take_python_number(std::string_view& text);

// `text` begins with a string: a quote, or a prefix and a quote.
bool begins_python_string(std::string_view text);

// The string or bytes at the front of `text`; it is moved behind them. Nothing when they are broken,
// or one of what is no literal (f-strings) or not known here (\N{NAME}). Line ends are LF.
std::optional<PythonValue> take_python_string(std::string_view& text);

}  // namespace ox
