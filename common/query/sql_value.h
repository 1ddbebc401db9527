#pragma once
// Values of an event as SQLite's. (Only for common/query: it needs sqlite3.h.)
#include <string_view>

#include <sqlite3.h>

#include "common/query/query_text.h"
#include "proto/raw_value.h"

namespace ox {

// Longer text of an event is cut, where it is a value of a query.
inline constexpr std::size_t kMaxQueryTextBytes = 1 << 20;

// What an SQLite subtype says of text that is JSON (as SQLite's own json functions do).
inline constexpr unsigned kJsonSubtype = 74;

// `lifetime`: SQLITE_STATIC when the bytes outlive the value, otherwise SQLITE_TRANSIENT.
void set_text(sqlite3_context* context, std::string_view text, sqlite3_destructor_type lifetime);

// `value` as a JsonColumn of this kind gives it. NULL for what is not there, and for nil.
void set_json(sqlite3_context* context, RawValue value, JsonColumn::Kind kind,
              sqlite3_destructor_type lifetime);

// The text of an SQLite value, valid as long as it.
std::string_view text_of(sqlite3_value* value);

}  // namespace ox
