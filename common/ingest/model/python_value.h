#pragma once
// A Python literal's value, between its text and MessagePack.
#include <optional>
#include <string>
#include <vector>

namespace ox {

struct PythonValue {
  enum class Kind {
    kNone,
    kBool,
    kInt,
    kFloat,
    kComplex,
    kText,
    kBytes,
    kEllipsis,
    kTuple,
    kList,
    kSet,
    kDict,
  };

  static PythonValue of(Kind kind) {
    PythonValue value;
    value.kind = kind;
    return value;
  }

  Kind kind = Kind::kNone;
  bool boolean = false;
  double real = 0;  // of a float, too
  double imag = 0;
  std::string text;  // of text and bytes; an int's decimal digits, without needless zeros
  std::vector<PythonValue> items;  // a dict's keys and values in turn

  // A text that is the same for values that are equal in Python (1, 1.0 and True are), and only for
  // those. Nothing for what cannot be a key of a dict or an element of a set.
  std::optional<std::string> identity() const;

  void append_packed(std::string& out) const;  // docs of python_literal.h
  void append_repr(std::string& out) const;
};

}  // namespace ox
