#include "common/ingest/model/python_literal.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "common/ingest/model/python_token.h"
#include "common/ingest/model/python_value.h"
#include "common/ingest/model/text.h"

namespace ox {
namespace {

using PythonKind = PythonValue::Kind;

// Recursive descent, as deep as brackets nest. Every function gives false when there is no literal.
class LiteralParser {
 public:
  LiteralParser(std::string_view text, std::size_t max_depth)
      : rest_(text), max_depth_(max_depth) {}

  bool parse(PythonValue& out) {
    if (!skip_first_blank_lines()) return false;
    if (!elements(out, '\0')) return false;
    // Behind it: blank lines and comments.
    skip_space();
    while (!rest_.empty()) {
      if (!rest_.starts_with('\n')) return false;
      rest_.remove_prefix(1);
      skip_space();
    }
    return true;
  }

 private:
  // What literal_eval() still lets be done with a value: a sign only in front of a plain number, a
  // sum only of a real and an imaginary one.
  enum class Form { kNumber, kSignedNumber, kOther };

  // Blanks, comments and continued lines; line ends within brackets.
  void skip_space() {
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (c == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (c == ' ' || c == '\t' || c == '\f' || (c == '\n' && depth_ > 0)) {
        rest_.remove_prefix(1);
      } else if (rest_.starts_with("\\\n") && rest_.size() > 2) {
        rest_.remove_prefix(2);
      } else {
        return;
      }
    }
  }

  // literal_eval() strips blanks; an indented line after that is an error.
  bool skip_first_blank_lines() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    while (true) {
      bool indented = false;
      std::string_view line = rest_;
      for (; !line.empty() && (line[0] == ' ' || line[0] == '\t' || line[0] == '\f');
           line.remove_prefix(1))
        indented = line[0] != '\f';
      if (line.starts_with('#')) line.remove_prefix(std::min(line.find('\n'), line.size()));
      if (!line.starts_with('\n')) {
        skip_space();
        return !indented && !rest_.empty();
      }
      rest_ = line.substr(1);
    }
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // One value, or several with commas, which are a tuple; up to `close`, or whatever ends it.
  bool elements(PythonValue& out, char close, Form* form = nullptr) {
    Form inner = Form::kOther;
    if (!sum(out, inner)) return false;
    skip_space();
    if (!rest_.starts_with(',')) {
      if (form != nullptr) *form = inner;
      return true;
    }
    PythonValue tuple = PythonValue::of(PythonKind::kTuple);
    tuple.items.push_back(std::move(out));
    while (take(',')) {
      skip_space();
      if (rest_.empty() || rest_[0] == '\n' || rest_[0] == close) break;
      if (!sum(tuple.items.emplace_back(), inner)) return false;
      skip_space();
    }
    out = std::move(tuple);
    if (form != nullptr) *form = Form::kOther;
    return true;
  }

  // A value alone. Leaves no space behind it to be skipped.
  bool value(PythonValue& out) {
    Form form = Form::kOther;
    if (!sum(out, form)) return false;
    skip_space();
    return true;
  }

  bool sum(PythonValue& out, Form& form) {
    if (!signed_value(out, form)) return false;
    skip_space();
    if (!rest_.starts_with('+') && !rest_.starts_with('-')) return true;
    const bool minus = rest_[0] == '-';
    rest_.remove_prefix(1);
    skip_space();
    PythonValue right;
    Form right_form = Form::kOther;
    if (form == Form::kOther || !atom(right, right_form)) return false;
    if (right_form != Form::kNumber || right.kind != PythonKind::kComplex ||
        out.kind == PythonKind::kComplex)
      return false;
    double left = out.real;
    if (out.kind == PythonKind::kInt) {
      left = parse_double(out.text);
      if (std::isinf(left)) return false;  // Python's OverflowError
    }
    out = PythonValue::of(PythonKind::kComplex);
    out.real = minus ? left - right.real : left + right.real;
    out.imag = minus ? 0.0 - right.imag : 0.0 + right.imag;
    form = Form::kOther;
    skip_space();
    return !rest_.starts_with('+') && !rest_.starts_with('-');
  }

  bool signed_value(PythonValue& out, Form& form) {
    if (!rest_.starts_with('+') && !rest_.starts_with('-')) return atom(out, form);
    const bool minus = rest_[0] == '-';
    rest_.remove_prefix(1);
    skip_space();
    if (!atom(out, form) || form != Form::kNumber) return false;
    form = Form::kSignedNumber;
    if (!minus) return true;
    out.real = -out.real;
    out.imag = -out.imag;
    if (out.kind == PythonKind::kInt && out.text != "0") out.text.insert(0, "-");
    return true;
  }

  bool atom(PythonValue& out, Form& form) {
    form = Form::kOther;
    if (rest_.empty()) return false;
    const char c = rest_[0];
    if (c == '(' || c == '[' || c == '{') {
      if (depth_ == max_depth_) return false;
      ++depth_;
      rest_.remove_prefix(1);
      skip_space();
      bool good = c == '(' ? parentheses(out, form) : c == '[' ? list(out) : braces(out);
      --depth_;
      return good;
    }
    bool point = c == '.' && rest_.size() > 1 && rest_[1] >= '0' && rest_[1] <= '9';
    if ((c >= '0' && c <= '9') || point) {
      auto number = take_python_number(rest_);
      if (!number) return false;
      out = std::move(*number);
      form = Form::kNumber;
      return true;
    }
    if (begins_python_string(rest_)) return strings(out);
    if (rest_.starts_with("...")) {
      rest_.remove_prefix(3);
      out = PythonValue::of(PythonKind::kEllipsis);
      return true;
    }
    return name(out);
  }

  bool parentheses(PythonValue& out, Form& form) {
    if (take(')')) {
      out = PythonValue::of(PythonKind::kTuple);
      return true;
    }
    return elements(out, ')', &form) && take(')');
  }

  bool list(PythonValue& out) {
    out = PythonValue::of(PythonKind::kList);
    while (!take(']')) {
      if (!value(out.items.emplace_back())) return false;
      if (!take(',') && !rest_.starts_with(']')) return false;
      skip_space();
    }
    return true;
  }

  bool braces(PythonValue& out) {
    out = PythonValue::of(PythonKind::kDict);
    if (take('}')) return true;
    std::map<std::string, std::size_t> known;  // identity -> index of the item
    bool first = true;
    while (first || !take('}')) {
      PythonValue key;
      if (!value(key)) return false;
      auto identity = key.identity();
      if (!identity) return false;
      if (first && !rest_.starts_with(':')) out.kind = PythonKind::kSet;
      first = false;
      auto [at, fresh] = known.emplace(std::move(*identity), out.items.size());
      if (fresh) out.items.push_back(std::move(key));
      if (out.kind == PythonKind::kDict) {
        if (!take(':')) return false;
        skip_space();
        if (fresh) out.items.emplace_back();
        PythonValue& item = out.items[at->second + 1];
        item = PythonValue();
        if (!value(item)) return false;
      }
      if (!take(',') && !rest_.starts_with('}')) return false;
      skip_space();
    }
    return true;
  }

  // A string and those directly behind it.
  bool strings(PythonValue& out) {
    auto one = take_python_string(rest_);
    if (!one) return false;
    out = std::move(*one);
    while (true) {
      skip_space();
      if (!begins_python_string(rest_)) return true;
      one = take_python_string(rest_);
      if (!one || one->kind != out.kind) return false;
      out.text += one->text;
    }
  }

  bool name(PythonValue& out) {
    std::size_t size = 0;
    while (size < rest_.size() && is_python_name(rest_[size])) ++size;
    std::string_view word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    if (word == "None") {
      out = PythonValue();
      return true;
    }
    if (word == "True" || word == "False") {
      out = PythonValue::of(PythonKind::kBool);
      out.boolean = word == "True";
      return true;
    }
    if (word != "set") return false;
    skip_space();
    if (!take('(')) return false;
    ++depth_;
    skip_space();
    --depth_;
    out = PythonValue::of(PythonKind::kSet);
    return take(')');
  }

  std::string_view rest_;
  const std::size_t max_depth_;
  std::size_t depth_ = 0;
};

// Python reads CR LF and CR as LF.
std::string with_plain_line_ends(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out.push_back(text[i]);
    } else if (!text.substr(i + 1).starts_with('\n')) {
      out.push_back('\n');
    }
  }
  return out;
}

}  // namespace

bool append_python_literal(std::string_view text, std::string& out,
                           const PythonLiteralLimits& limits) {
  if (text.size() > limits.max_bytes || !is_utf8(text)) return false;
  if (text.find('\0') != std::string_view::npos) return false;
  std::string lines;
  if (text.find('\r') != std::string_view::npos) {
    lines = with_plain_line_ends(text);
    text = lines;
  }
  PythonValue value;
  if (!LiteralParser(text, limits.max_depth).parse(value)) return false;
  value.append_packed(out);
  return true;
}

}  // namespace ox
