#include "proto/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "common/base/bytes.h"
#include "proto/event_view.h"
#include "proto/utf8.h"

namespace ox {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_escape(std::string& out, std::uint32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHexDigits[unit >> shift & 0xf]);
}

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

void append_escaped(std::string& out, std::uint32_t c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\b':
      out += "\\b";
      return;
    default:
      break;
  }
  if (c < 0x10000) {
    append_escape(out, c);
  } else {
    append_escape(out, 0xd800 + ((c - 0x10000) >> 10));
    append_escape(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
  }
}

template <typename Integer>
void append_integer(std::string& out, Integer value) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  out.append(buffer, end);
}

void append_ext(std::string& out, const msgpack::object_ext& ext) {
  out += "{\"ext\": ";
  append_integer(out, static_cast<int>(ext.type()));
  out += ", \"hex\": \"";
  out += to_hex({ext.data(), ext.size});
  out += "\"}";
}

// A value that is neither map nor array, which both forms write alike.
void append_scalar(std::string& out, const msgpack::object& value) {
  switch (value.type) {
    case msgpack::type::BOOLEAN:
      out += value.via.boolean ? "true" : "false";
      return;
    case msgpack::type::POSITIVE_INTEGER:
      append_integer(out, value.via.u64);
      return;
    case msgpack::type::NEGATIVE_INTEGER:
      append_integer(out, value.via.i64);
      return;
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      append_json_number(out, value.via.f64);
      return;
    case msgpack::type::STR:
    case msgpack::type::BIN:
      append_json_string(out, *as_text(value));
      return;
    case msgpack::type::EXT:
      append_ext(out, value.via.ext);
      return;
    default:
      out += "null";
      return;
  }
}

void append_key(std::string& out, const msgpack::object& key) {
  if (auto text = as_text(key)) {
    append_json_string(out, *text);
    return;
  }
  std::string json;
  append_json(json, key);
  append_json_string(out, json);
}

std::optional<double> sort_number(const msgpack::object& key) {
  if (key.type == msgpack::type::BOOLEAN) return key.via.boolean ? 1.0 : 0.0;
  auto number = as_number(key);
  if (number && std::isnan(*number)) return std::nullopt;  // has no place among numbers
  return number;
}

// Entries of a map in the order of the pretty form. Equal keys keep the order of the wire.
std::vector<const msgpack::object_kv*> sorted_entries(const msgpack::object_map& map) {
  struct Entry {
    std::optional<double> number;
    std::string text;  // UTF-8, so that bytes sort as code points do
    const msgpack::object_kv* entry;
  };
  std::vector<Entry> entries;
  entries.reserve(map.size);
  for (std::uint32_t i = 0; i < map.size; ++i) {
    const msgpack::object_kv& kv = map.ptr[i];
    Entry entry{sort_number(kv.key), "", &kv};
    if (auto text = as_text(kv.key)) {
      append_text(entry.text, *text, Controls::kKeep);
    } else if (!entry.number) {
      append_json(entry.text, kv.key);
    }
    entries.push_back(std::move(entry));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (a.number && b.number) return *a.number < *b.number;
    if (a.number || b.number) return a.number.has_value();
    return a.text < b.text;
  });
  std::vector<const msgpack::object_kv*> out;
  out.reserve(entries.size());
  for (const Entry& entry : entries) out.push_back(entry.entry);
  return out;
}

void append_line_break(std::string& out, int level) {
  out.push_back('\n');
  out.append(static_cast<std::size_t>(level) * 4, ' ');
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    std::size_t plain = at;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out.append(text, at, plain - at);
    at = plain;
    if (at < text.size()) append_escaped(out, next_code_point(text, at));
  }
  out.push_back('"');
}

void append_json_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
    return;
  }
  // float.__repr__: the shortest digits that read back the same; an exponent below 1e-4 and from
  // 1e16.
  double magnitude = std::fabs(value);
  bool exponent = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16);
  char buffer[40];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                           exponent ? std::chars_format::scientific : std::chars_format::fixed)
                 .ptr;
  std::string_view digits(buffer, static_cast<std::size_t>(end - buffer));
  out += digits;
  if (!exponent && digits.find('.') == std::string_view::npos) out += ".0";
}

void append_json(std::string& out, const msgpack::object& value) {
  if (value.type == msgpack::type::MAP) {
    out.push_back('{');
    for (std::uint32_t i = 0; i < value.via.map.size; ++i) {
      if (i > 0) out += ", ";
      append_key(out, value.via.map.ptr[i].key);
      out += ": ";
      append_json(out, value.via.map.ptr[i].val);
    }
    out.push_back('}');
  } else if (value.type == msgpack::type::ARRAY) {
    out.push_back('[');
    for (std::uint32_t i = 0; i < value.via.array.size; ++i) {
      if (i > 0) out += ", ";
      append_json(out, value.via.array.ptr[i]);
    }
    out.push_back(']');
  } else {
    append_scalar(out, value);
  }
}

void append_pretty_json(std::string& out, const msgpack::object& value, int level) {
  bool is_map = value.type == msgpack::type::MAP && value.via.map.size > 0;
  bool is_array = value.type == msgpack::type::ARRAY && value.via.array.size > 0;
  if (is_map) {
    out.push_back('{');
    bool first = true;
    for (const msgpack::object_kv* entry : sorted_entries(value.via.map)) {
      if (!first) out.push_back(',');
      first = false;
      append_line_break(out, level + 1);
      append_key(out, entry->key);
      out += ": ";
      append_pretty_json(out, entry->val, level + 1);
    }
    append_line_break(out, level);
    out.push_back('}');
  } else if (is_array) {
    out.push_back('[');
    for (std::uint32_t i = 0; i < value.via.array.size; ++i) {
      if (i > 0) out.push_back(',');
      append_line_break(out, level + 1);
      append_pretty_json(out, value.via.array.ptr[i], level + 1);
    }
    append_line_break(out, level);
    out.push_back(']');
  } else {
    append_json(out, value);  // scalars, {} and []
  }
}

}  // namespace ox
