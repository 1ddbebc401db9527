#pragma once
// A query's text as SQLite gets it. What people write of a JSON document with a path that stands in
// the text (body->>'user', json_extract(logrec, '$.data.x')) becomes a column of the table: so it is
// found in the event's bytes without a function, the table hears of conditions on it, and `->>` can
// be what the other side of the comparison wants it to be. Times written as text become numbers
// where they are compared with ts, start or end.
//
// Only where a name is sure to be the table's is it touched: in an expression, and in a SELECT that
// reads `events` alone. Elsewhere the functions of sql_functions.h do the same.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/query/json_path.h"
#include "common/query/sql_tokens.h"

namespace ox {

struct JsonColumn {
  enum class Kind {
    kTyped,     // `->`, json_extract(): numbers, text, true as 1; maps and lists as JSON
    kUnquoted,  // `->>`: the same, and text that is a number equals that number
    kText,      // `->>` compared with text: numbers as their digits, true as 'true'
    kType,      // json_type()
    kLength,    // json_array_length()
  };
  enum class Root { kBody, kLogrec };

  Kind kind = Kind::kTyped;
  Root root = Root::kBody;
  JsonPath path;
  std::string source;  // as somebody wrote it
};

class QueryText {
 public:
  enum class Form { kExpression, kSelect };

  // Error: kInvalid, for what is wrong already (JSON paths, times, sub-selects in an expression).
  // columns: false leaves all JSON to the functions.
  static Result<QueryText> of(std::string_view source, const std::vector<SqlToken>& tokens,
                              Form form, bool columns = true);

  const std::string& sql() const { return sql_; }
  // The table has a column json_name(i) for each.
  const std::vector<JsonColumn>& json() const { return json_; }
  static std::string json_name(std::size_t i) { return "json:" + std::to_string(i); }

  // Where in the source the place in sql() is.
  std::size_t source_offset(std::size_t sql_offset) const;
  // `text` of SQLite (an error, the name of a column) with what was written in place of our names.
  std::string with_sources(std::string text) const;

 private:
  friend class QueryRewriter;
  struct Piece {
    std::size_t sql = 0;
    std::size_t source = 0;
    bool replaced = false;
  };
  std::string sql_;
  std::vector<JsonColumn> json_;
  std::vector<Piece> pieces_;
};

}  // namespace ox
