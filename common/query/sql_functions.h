#pragma once
// The functions of queries that are not SQLite's own, and which of its own there are.
//
// `->`, `->>`, json_extract(), json_type(), json_array_length(), json_contains_path() and
// json_unquote() take a document of the table (kDocumentPointer), or text that is JSON. What is no
// JSON gives NULL.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "common/base/status.h"
#include "common/query/sql_tokens.h"

namespace ox {

// SQLite's own reading of text that is JSON, on a connection of its own. Threading: one thread.
class JsonText {
 public:
  JsonText() = default;
  ~JsonText();
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  enum class Question { kExtract, kType, kLength };
  // The answer, valid until the next question; null: there is none.
  sqlite3_value* ask(Question question, sqlite3_value* text, const std::string& path);
  bool valid(std::string_view text);

 private:
  bool open();
  sqlite3* connection_ = nullptr;
  sqlite3_stmt* statements_[4] = {nullptr, nullptr, nullptr, nullptr};  // the last: valid()
};

// The connection borrows `json`. Also registers the collation oxtime: times as text in any form of
// query_time.h, and as microseconds. Error: kInvalid.
Status install_functions(sqlite3* connection, JsonText& json);

// name is in lower case. aggregates: those of many rows, too.
bool is_allowed_function(std::string_view name, bool aggregates);

// Error: kInvalid, what is wrong with a literal behind REGEXP (RE2's words), and at which character.
Status check_regular_expressions(const std::vector<SqlToken>& tokens);

}  // namespace ox
