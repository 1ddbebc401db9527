#include "common/ingest/model/python_value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "common/ingest/model/pack.h"
#include "common/ingest/model/python_repr.h"
#include "proto/json.h"

namespace ox {
namespace {

// The digits of a float that has no fraction.
std::string integer_digits(double value) {
  if (value == 0) return "0";  // minus zero, too
  std::array<char, 512> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                           std::chars_format::fixed, 0)
                 .ptr;
  return std::string(buffer.data(), end);
}

std::string number_identity(double value) {
  if (std::isfinite(value) && value == std::trunc(value)) return "i" + integer_digits(value);
  std::string text = "f";
  append_python_float(text, value);
  return text;
}

void append_part(std::string& out, double value) {
  const std::size_t begin = out.size();
  append_python_float(out, value);
  if (std::string_view(out).substr(begin).ends_with(".0")) out.resize(out.size() - 2);
}

void append_complex(std::string& out, double real, double imag) {
  if (real == 0 && !std::signbit(real)) {
    append_part(out, imag);
    out.push_back('j');
    return;
  }
  out.push_back('(');
  append_part(out, real);
  if (!std::signbit(imag) || std::isnan(imag)) out.push_back('+');
  append_part(out, imag);
  out += "j)";
}

// As json.dumps() writes keys; what it refuses, as str().
void append_key(std::string& out, const PythonValue& key) {
  std::string text;
  switch (key.kind) {
    case PythonValue::Kind::kText:
    case PythonValue::Kind::kInt:
      pack_text(out, key.text);
      return;
    case PythonValue::Kind::kNone:
      text = "null";
      break;
    case PythonValue::Kind::kBool:
      text = key.boolean ? "true" : "false";
      break;
    case PythonValue::Kind::kFloat:
      append_json_number(text, key.real);
      break;
    default:
      key.append_repr(text);
  }
  pack_text(out, text);
}

void append_integer(std::string& out, const std::string& digits) {
  const char* first = digits.data();
  const char* last = first + digits.size();
  std::int64_t value = 0;
  std::uint64_t large = 0;
  if (std::from_chars(first, last, value).ec == std::errc()) {
    pack_int(out, value);
  } else if (digits[0] != '-' && std::from_chars(first, last, large).ec == std::errc()) {
    pack_uint(out, large);
  } else {
    pack_text(out, digits);
  }
}

}  // namespace

std::optional<std::string> PythonValue::identity() const {
  switch (kind) {
    case Kind::kNone:
      return "n";
    case Kind::kEllipsis:
      return "e";
    case Kind::kBool:
      return boolean ? "i1" : "i0";
    case Kind::kInt:
      return "i" + text;
    case Kind::kFloat:
      return number_identity(real);
    case Kind::kComplex:
      if (imag == 0) return number_identity(real);
      return "c" + number_identity(real) + "+" + number_identity(imag);
    case Kind::kText:
      return "s" + text;
    case Kind::kBytes:
      return "b" + text;
    case Kind::kTuple: {
      std::string all = "t";
      for (const PythonValue& item : items) {
        auto one = item.identity();
        if (!one) return std::nullopt;
        all += std::to_string(one->size()) + ":" + *one;
      }
      return all;
    }
    case Kind::kList:
    case Kind::kSet:
    case Kind::kDict:
      break;
  }
  return std::nullopt;
}

void PythonValue::append_packed(std::string& out) const {
  switch (kind) {
    case Kind::kNone:
      pack_nil(out);
      return;
    case Kind::kBool:
      pack_bool(out, boolean);
      return;
    case Kind::kInt:
      append_integer(out, text);
      return;
    case Kind::kFloat:
      pack_double(out, real);
      return;
    case Kind::kText:
      pack_text(out, text);
      return;
    case Kind::kTuple:
    case Kind::kList:
      pack_array_header(out, items.size());
      for (const PythonValue& item : items) item.append_packed(out);
      return;
    case Kind::kDict:
      pack_map_header(out, items.size() / 2);
      for (std::size_t i = 0; i < items.size(); i += 2) {
        append_key(out, items[i]);
        items[i + 1].append_packed(out);
      }
      return;
    case Kind::kComplex:
    case Kind::kBytes:
    case Kind::kEllipsis:
    case Kind::kSet:
      break;
  }
  std::string repr;
  append_repr(repr);
  pack_text(out, repr);
}

void PythonValue::append_repr(std::string& out) const {
  switch (kind) {
    case Kind::kNone:
      out += "None";
      return;
    case Kind::kBool:
      out += boolean ? "True" : "False";
      return;
    case Kind::kInt:
      out += text;
      return;
    case Kind::kFloat:
      append_python_float(out, real);
      return;
    case Kind::kComplex:
      append_complex(out, real, imag);
      return;
    case Kind::kText:
      append_python_repr(out, text);
      return;
    case Kind::kBytes:
      append_python_bytes(out, text);
      return;
    case Kind::kEllipsis:
      out += "Ellipsis";
      return;
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kSet:
    case Kind::kDict:
      break;
  }
  if (kind == Kind::kSet && items.empty()) {
    out += "set()";
    return;
  }
  const char* brackets = kind == Kind::kTuple ? "()" : kind == Kind::kList ? "[]" : "{}";
  out.push_back(brackets[0]);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += kind == Kind::kDict && i % 2 == 1 ? ": " : ", ";
    items[i].append_repr(out);
  }
  if (kind == Kind::kTuple && items.size() == 1) out.push_back(',');
  out.push_back(brackets[1]);
}

}  // namespace ox
