#pragma once
// The words of an SQL text, as SQLite takes them apart (sqlite.org/lang_expr.html, lang_keywords.html). What
// has no business in a query is refused here, with its place: comments, parameters, semicolons,
// NUL, and whatever is no token.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace ox {

struct SqlToken {
  enum class Kind {
    kWord,    // a keyword or a name
    kQuoted,  // "a name"
    kString,
    kNumber,
    kBlob,
    kOperator,  // punctuation, too
    kEnd,       // behind the last
  };

  Kind kind = Kind::kEnd;
  std::size_t begin = 0;  // in the text
  std::size_t end = 0;
  std::string_view text;  // as it stands, into the text

  bool is(std::string_view op) const { return kind == Kind::kOperator && text == op; }
  // Keywords and names know no case.
  bool is_word(std::string_view word) const;
  // Of a name or a string, without its quotes.
  std::string unquoted() const;
};

// The last token is a kEnd. Errors: kInvalid, naming the character (from 1); kTooLarge: longer than
// max_length, or parentheses nested deeper than max_depth. They are balanced.
Result<std::vector<SqlToken>> tokenize_sql(std::string_view text, std::size_t max_length,
                                           int max_depth);

// "at character 5": for errors.
std::string at_character(std::size_t offset);
// The error with what it quotes of a query fit to be shown: control characters as \x1b.
Status as_one_line(const Status& status);

}  // namespace ox
