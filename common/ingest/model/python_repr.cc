#include "common/ingest/model/python_repr.h"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "proto/json.h"
#include "proto/utf8.h"

namespace ox {
namespace {

// Deeper values are not printed; the recursion below stays as bounded as the decoder's.
constexpr std::size_t kMaxReprDepth = kMaxEventDepth;

// Not printable for Python's str.isprintable(), of the assigned characters: separators other than
// the blank, controls, formats, surrogates and private use (Unicode 14, general categories Z, Cc,
// Cf, Cs, Co).
bool is_hidden(std::uint32_t c) {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  static constexpr Range kHidden[] = {
      {0x00, 0x1f},        {0x7f, 0xa0},       {0xad, 0xad},       {0x600, 0x605},
      {0x61c, 0x61c},      {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
      {0x8e2, 0x8e2},      {0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f},
      {0x2028, 0x202f},    {0x205f, 0x206f},   {0x3000, 0x3000},   {0xd800, 0xf8ff},
      {0xfeff, 0xfeff},    {0xfff9, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
      {0x110cd, 0x110cd},  {0x13430, 0x13438}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
      {0xe0000, 0x10ffff},
  };
  for (const Range& range : kHidden)
    if (c >= range.first && c <= range.last) return true;
  return false;
}

void append_escaped(std::string& out, std::uint32_t c) {
  auto to = std::back_inserter(out);
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c < 0x100) {
    fmt::format_to(to, "\\x{:02x}", c);
  } else if (c < 0x10000) {
    fmt::format_to(to, "\\u{:04x}", c);
  } else {
    fmt::format_to(to, "\\U{:08x}", c);
  }
}

// Single quotes, unless the text has some and no double ones.
char quote_for(std::string_view text) {
  bool single = text.find('\'') != std::string_view::npos;
  return single && text.find('"') == std::string_view::npos ? '"' : '\'';
}

// The code point at `at`; halves of surrogates, which next_code_point() does not take, as well.
std::uint32_t code_point_at(std::string_view text, std::size_t& at) {
  if (text[at] == '\xed' && at + 2 < text.size() && (text[at + 1] & '\xe0') == '\xa0' &&
      (text[at + 2] & '\xc0') == '\x80') {
    std::uint32_t c = 0xd000 | static_cast<std::uint32_t>(text[at + 1] & 0x3f) << 6 |
                      static_cast<std::uint32_t>(text[at + 2] & 0x3f);
    at += 3;
    return c;
  }
  return next_code_point(text, at);
}

void append_value(std::string& out, RawValue value, std::size_t depth) {
  switch (value.kind()) {
    case RawValue::Kind::kBool:
      out += *value.as_bool() ? "True" : "False";
      return;
    case RawValue::Kind::kInt:
      if (auto number = value.as_int()) {
        out += std::to_string(*number);
      } else {
        out += std::to_string(*value.as_uint());
      }
      return;
    case RawValue::Kind::kFloat:
      append_python_float(out, *value.as_number());
      return;
    case RawValue::Kind::kText:
      append_python_repr(out, value.as_text().value_or(std::string_view()));
      return;
    case RawValue::Kind::kNil:
    case RawValue::Kind::kInvalid:
      out += "None";
      return;
    case RawValue::Kind::kExt:
      out += "<ext>";
      return;
    case RawValue::Kind::kArray:
    case RawValue::Kind::kMap:
      break;
  }
  if (depth == kMaxReprDepth) {
    out += "...";
    return;
  }
  bool first = true;
  auto separate = [&] {
    if (!first) out += ", ";
    first = false;
  };
  if (value.is_array()) {
    out.push_back('[');
    for (RawValue element : RawArray(value)) {
      separate();
      append_value(out, element, depth + 1);
    }
    out.push_back(']');
    return;
  }
  out.push_back('{');
  for (const RawMap::Entry& entry : RawMap(value)) {
    separate();
    append_value(out, entry.key, depth + 1);
    out += ": ";
    append_value(out, entry.value, depth + 1);
  }
  out.push_back('}');
}

}  // namespace

void append_python_repr(std::string& out, std::string_view text) {
  const char quote = quote_for(text);
  out.push_back(quote);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    std::uint32_t c = code_point_at(text, at);
    if (c == static_cast<unsigned char>(quote) || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (is_hidden(c)) {
      append_escaped(out, c);
    } else {
      out.append(text, begin, at - begin);
    }
  }
  out.push_back(quote);
}

void append_python_bytes(std::string& out, std::string_view bytes) {
  const char quote = quote_for(bytes);
  out.push_back('b');
  out.push_back(quote);
  for (char c : bytes) {
    if (c == quote || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c >= ' ' && c < '\x7f') {
      out.push_back(c);
    } else {
      append_escaped(out, static_cast<unsigned char>(c));
    }
  }
  out.push_back(quote);
}

void append_python_float(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "nan";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
  } else {
    append_json_number(out, value);
  }
}

void append_python_repr(std::string& out, RawValue value) { append_value(out, value, 0); }

void append_python_str(std::string& out, RawValue value) {
  if (auto text = value.as_text()) {
    out += *text;
  } else {
    append_value(out, value, 0);
  }
}

}  // namespace ox
