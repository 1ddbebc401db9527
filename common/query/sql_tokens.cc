#include "common/query/sql_tokens.h"

#include <algorithm>
#include <array>

#include "common/base/ascii.h"
#include "proto/utf8.h"

namespace ox {
namespace {

bool is_sql_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool in_name(char c) { return begins_name(c) || is_digit(c) || c == '$'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  // False: the text is used up.
  Result<bool> next(SqlToken& token) {
    while (at_ < text_.size() && is_sql_space(text_[at_])) ++at_;
    token.begin = at_;
    if (at_ == text_.size()) return false;
    OX_RETURN_IF_ERROR(take(token));
    token.end = at_;
    token.text = text_.substr(token.begin, at_ - token.begin);
    return true;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  Status bad(const std::string& what) const {
    return Status(Code::kInvalid, what + " " + at_character(at_));
  }

  Status take(SqlToken& token) {
    const char c = peek();
    if (c == '\'') return take_quoted(token, SqlToken::Kind::kString, '\'');
    if (c == '"' || c == '`') return take_quoted(token, SqlToken::Kind::kQuoted, c);
    if (c == '[') return take_quoted(token, SqlToken::Kind::kQuoted, ']');
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return take_number(token);
    if ((c == 'x' || c == 'X') && peek(1) == '\'') return take_blob(token);
    if (begins_name(c)) {
      while (in_name(peek()) && at_ < text_.size()) ++at_;
      token.kind = SqlToken::Kind::kWord;
      return ok_status();
    }
    return take_operator(token);
  }

  Status take_quoted(SqlToken& token, SqlToken::Kind kind, char quote) {
    token.kind = kind;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] != quote) continue;
      if (quote != ']' && i + 1 < text_.size() && text_[i + 1] == quote) {
        ++i;
        continue;
      }
      at_ = i + 1;
      return ok_status();
    }
    return bad(kind == SqlToken::Kind::kString ? "a string without its end"
                                               : "a quoted name without its end");
  }

  Status take_number(SqlToken& token) {
    token.kind = SqlToken::Kind::kNumber;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && is_hex(peek(2))) {
      at_ += 2;
      while (is_hex(peek())) ++at_;
    } else {
      while (is_digit(peek())) ++at_;
      if (peek() == '.') ++at_;
      while (is_digit(peek())) ++at_;
      if (peek() == 'e' || peek() == 'E') {
        const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
        if (is_digit(peek(1 + sign))) {
          at_ += 1 + sign;
          while (is_digit(peek())) ++at_;
        }
      }
    }
    if (at_ < text_.size() && in_name(peek()))
      return bad("syntax error: a number runs into a name");
    return ok_status();
  }

  Status take_blob(SqlToken& token) {
    token.kind = SqlToken::Kind::kBlob;
    std::size_t i = at_ + 2;
    while (i < text_.size() && is_hex(text_[i])) ++i;
    if (i >= text_.size() || text_[i] != '\'' || (i - at_) % 2 != 0)
      return bad("syntax error: a blob is x'...' with pairs of hexadecimal digits");
    at_ = i + 1;
    return ok_status();
  }

  Status take_operator(SqlToken& token) {
    static constexpr std::array<std::string_view, 11> kLong = {"->>", "->", "||", "==", "!=", "<>",
                                                               "<=",  ">=", "<<", ">>", "--"};
    token.kind = SqlToken::Kind::kOperator;
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("--") || rest.starts_with("/*")) return bad("comments are not allowed");
    for (std::string_view op : kLong) {
      if (!rest.starts_with(op)) continue;
      at_ += op.size();
      return ok_status();
    }
    const char c = rest[0];
    if (c == ';') return bad("syntax error: only one expression or statement is allowed; ';'");
    if (c == '\0') return bad("syntax error: a NUL");
    if (c == '?' || c == ':' || c == '@' || c == '$') return bad("parameters are not allowed");
    if (std::string_view("(),.+-*/%&|~=<>").find(c) == std::string_view::npos) {
      std::string shown;
      std::size_t one = 0;
      next_code_point(rest, one);
      append_text(shown, rest.substr(0, one), Controls::kEscape);
      return bad("syntax error near '" + shown + "'");
    }
    ++at_;
    return ok_status();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool SqlToken::is_word(std::string_view word) const {
  return kind == Kind::kWord && equal_ignoring_case(text, word);
}

std::string SqlToken::unquoted() const {
  if (kind != Kind::kQuoted && kind != Kind::kString) return std::string(text);
  const char quote = text.back();
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    out += text[i];
    if (quote != ']' && text[i] == quote) ++i;
  }
  return out;
}

std::string at_character(std::size_t offset) {
  return "at character " + std::to_string(offset + 1);
}

Status as_one_line(const Status& status) {
  const std::string& message = status.message();
  const bool plain =
      std::all_of(message.begin(), message.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
  if (plain) return status;
  std::string shown;
  append_text(shown, message, Controls::kEscape);
  return Status(status.code(), shown);
}

Result<std::vector<SqlToken>> tokenize_sql(std::string_view text, std::size_t max_length,
                                           int max_depth) {
  if (text.size() > max_length)
    return Status(Code::kTooLarge, "a query has at most " + std::to_string(max_length) + " bytes");
  std::vector<SqlToken> tokens;
  std::vector<std::size_t> open;
  Tokenizer tokenizer(text);
  while (true) {
    SqlToken token;
    OX_ASSIGN_OR_RETURN(bool more, tokenizer.next(token));
    if (!more) break;
    if (token.is("(")) {
      open.push_back(token.begin);
      if (open.size() > static_cast<std::size_t>(std::max(max_depth, 0)))
        return Status(Code::kTooLarge, "parentheses nest deeper than " + std::to_string(max_depth) +
                                           ", " + at_character(token.begin));
    } else if (token.is(")")) {
      if (open.empty())
        return Status(Code::kInvalid, "syntax error: ')' without '(' " + at_character(token.begin));
      open.pop_back();
    }
    tokens.push_back(token);
  }
  if (!open.empty())
    return Status(Code::kInvalid, "syntax error: '(' without ')' " + at_character(open.back()));
  SqlToken end;
  end.begin = end.end = text.size();
  tokens.push_back(end);
  return tokens;
}

}  // namespace ox
