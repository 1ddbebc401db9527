#include "common/query/sql_value.h"

#include <algorithm>
#include <limits>
#include <string>

#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

const char* json_type_name(RawValue value) {
  switch (value.kind()) {
    case RawValue::Kind::kNil:
      return "null";
    case RawValue::Kind::kBool:
      return *value.as_bool() ? "true" : "false";
    case RawValue::Kind::kInt:
      return "integer";
    case RawValue::Kind::kFloat:
      return "real";
    case RawValue::Kind::kText:
      return "text";
    case RawValue::Kind::kArray:
      return "array";
    case RawValue::Kind::kMap:
    case RawValue::Kind::kExt:  // shown as {"ext", "hex"}
      return "object";
    case RawValue::Kind::kInvalid:
      break;
  }
  return nullptr;
}

void set_json_text(sqlite3_context* context, RawValue value) {
  auto decoded = Decoded::decode(value.bytes());
  if (!decoded.ok()) return sqlite3_result_null(context);
  std::string text;
  append_json(text, decoded->root());
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  sqlite3_result_subtype(context, kJsonSubtype);
}

void set_number(sqlite3_context* context, RawValue value, JsonColumn::Kind kind) {
  const auto whole = value.as_int();
  if (kind == JsonColumn::Kind::kText) {
    std::string text;
    if (whole) {
      text = std::to_string(*whole);
    } else if (auto large = value.as_uint()) {
      text = std::to_string(*large);
    } else if (auto number = value.as_number()) {
      append_json_number(text, *number);
    }
    return set_text(context, text, SQLITE_TRANSIENT);
  }
  if (whole) return sqlite3_result_int64(context, *whole);
  sqlite3_result_double(context, value.as_number().value_or(0));
}

}  // namespace

void set_text(sqlite3_context* context, std::string_view text, sqlite3_destructor_type lifetime) {
  const std::size_t size = std::min(text.size(), kMaxQueryTextBytes);
  // Of an empty view the pointer may be null, which would be NULL.
  sqlite3_result_text(context, size == 0 ? "" : text.data(), static_cast<int>(size), lifetime);
}

void set_json(sqlite3_context* context, RawValue value, JsonColumn::Kind kind,
              sqlite3_destructor_type lifetime) {
  if (kind == JsonColumn::Kind::kType) {
    const char* name = json_type_name(value);
    if (name == nullptr) return sqlite3_result_null(context);
    return sqlite3_result_text(context, name, -1, SQLITE_STATIC);
  }
  if (kind == JsonColumn::Kind::kLength) {
    if (!value.valid()) return sqlite3_result_null(context);
    return sqlite3_result_int64(context,
                                value.is_array() ? static_cast<sqlite3_int64>(value.size()) : 0);
  }
  switch (value.kind()) {
    case RawValue::Kind::kInvalid:
    case RawValue::Kind::kNil:
      return sqlite3_result_null(context);
    case RawValue::Kind::kBool:
      if (kind != JsonColumn::Kind::kText)
        return sqlite3_result_int(context, *value.as_bool() ? 1 : 0);
      return sqlite3_result_text(context, *value.as_bool() ? "true" : "false", -1, SQLITE_STATIC);
    case RawValue::Kind::kInt:
    case RawValue::Kind::kFloat:
      return set_number(context, value, kind);
    case RawValue::Kind::kText:
      return set_text(context, *value.as_text(), lifetime);
    case RawValue::Kind::kArray:
    case RawValue::Kind::kMap:
    case RawValue::Kind::kExt:
      return set_json_text(context, value);
  }
}

std::string_view text_of(sqlite3_value* value) {
  // As a blob: sqlite3_value_text() would copy the text to put a NUL behind it.
  const auto* text = static_cast<const char*>(sqlite3_value_blob(value));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

}  // namespace ox
