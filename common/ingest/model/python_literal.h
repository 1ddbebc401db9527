#pragma once
// Python literals, as of ast.literal_eval() in CPython 3.11 (Lib/ast.py and the grammar of "The
// Python Language Reference", chapter 2 and 6), restored from the text that urlencode() makes of a
// LogRecord.
//
// What a literal becomes: tuples, lists -> arrays; dicts -> maps, keys as json.dumps() writes them
// (1 -> "1", 1.5 -> "1.5", True -> "true", None -> "null"), the last of equal keys; ints of up to
// 64 bits, bool, None, str as they are; floats -> float64; sets, bytes, complex numbers and
// Ellipsis -> text, Python's str() of them ("{1, 2}", "b'x'", "(1+2j)"), and so keys that are such,
// or tuples. Beyond what Python does: ints over 64 bits -> text of their decimal digits (at most
// 4300, Python's own limit); elements of sets stay in the order of the text; half a surrogate
// ('\ud800') -> the three bytes of its code point.
// Not a literal here, although Python takes it: '\N{NAME}'.
#include <cstddef>
#include <string>
#include <string_view>

namespace ox {

struct PythonLiteralLimits {
  std::size_t max_bytes = 256 << 10;  // an element may take a hundred times its text, for a moment
  std::size_t max_depth = 100;        // of brackets; below kMaxForeignDepth
};

// Appends the value of the literal that `text` is. False, with `out` as it was, when `text` is no
// literal, is no UTF-8, or is over a limit: then it is just text.
bool append_python_literal(std::string_view text, std::string& out,
                           const PythonLiteralLimits& limits = {});

}  // namespace ox
