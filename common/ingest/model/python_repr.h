#pragma once
// Values as Python 3 prints them: repr() and str().
#include <string>
#include <string_view>

#include "proto/raw_value.h"

namespace ox {

// 'it''s', with the quotes Python takes, and \x, \u, \U for what is not printable (for characters
// of no assigned meaning, which Python escapes, too, no table is kept: they stay).
void append_python_repr(std::string& out, std::string_view text);
// b'x\xff'.
void append_python_bytes(std::string& out, std::string_view bytes);
// 1.0, 1e+16, 0.1, inf, nan: the shortest digits that read back the same.
void append_python_float(std::string& out, double value);
// What a value from JSON was in Python: dict, list, str, int, float, True, None; "<ext>" for ext.
// Containers nested deeper than kMaxEventDepth are "...".
void append_python_repr(std::string& out, RawValue value);
// str(): text as it stands, the rest as repr().
void append_python_str(std::string& out, RawValue value);

}  // namespace ox
