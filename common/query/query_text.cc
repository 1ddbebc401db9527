#include "common/query/query_text.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/query/query_time.h"

namespace ox {
namespace {

using TokenKind = SqlToken::Kind;

template <std::size_t N>
bool is_one_of(const SqlToken& token, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return token.kind == TokenKind::kOperator ? token.text == word : token.is_word(word);
  });
}

bool is_comparison(const SqlToken& token) {
  static constexpr std::array<std::string_view, 8> kOps = {"=", "==", "!=", "<>",
                                                           "<", "<=", ">",  ">="};
  return token.kind == TokenKind::kOperator && is_one_of(token, kOps);
}

// Those that bind their operands before a comparison does.
bool binds_tighter(const SqlToken& token) {
  static constexpr std::array<std::string_view, 12> kOps = {"||", "->", "->>", "+", "-",  "*",
                                                            "/",  "%",  "&",   "|", "<<", ">>"};
  return token.kind == TokenKind::kOperator && (is_one_of(token, kOps) || token.is("~"));
}

bool is_pointing(const SqlToken& token) { return token.is("->") || token.is("->>"); }

bool is_pattern_operator(const SqlToken& token) {
  static constexpr std::array<std::string_view, 4> kWords = {"like", "glob", "regexp", "match"};
  return is_one_of(token, kWords);
}

// Whether an operand may begin behind `token`: tells the name end from the END of a CASE.
bool awaits_operand(const SqlToken& token) {
  static constexpr std::array<std::string_view, 27> kWords = {
      "and",  "or",     "not",   "when",     "then",   "else",  "case",   "between", "in",
      "like", "glob",   "match", "regexp",   "escape", "is",    "from",   "select",  "where",
      "by",   "having", "on",    "distinct", "all",    "limit", "offset", "set",     "using"};
  if (token.kind == TokenKind::kOperator) return !token.is(")");
  return token.kind == TokenKind::kEnd || is_one_of(token, kWords);
}

std::string time_as_seconds(std::int64_t micros) {
  const bool negative = micros < 0;
  const std::uint64_t size =
      negative ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
  return fmt::format("{}{}.{:06}", negative ? "-" : "", size / 1'000'000, size % 1'000'000);
}

}  // namespace

// One text on its way. Token indexes count from 0; before the first and behind the last there is a
// token of kind kEnd.
class QueryRewriter {
 public:
  QueryRewriter(std::string_view source, const std::vector<SqlToken>& tokens, QueryText::Form form,
                bool columns)
      : source_(source), tokens_(tokens), form_(form), columns_(columns) {}

  Result<QueryText> run() {
    find_scopes();
    for (std::size_t i = 0; i + 1 < tokens_.size();) {
      OX_RETURN_IF_ERROR(check(i));
      OX_ASSIGN_OR_RETURN(std::size_t next, rewrite_at(i));
      i = std::max(next, i + 1);
    }
    return assemble();
  }

 private:
  struct Edit {
    std::size_t begin = 0;  // in the source
    std::size_t end = 0;
    std::string text;
  };
  // One SELECT: `end` tokens behind `begin`, without those of SELECTs in parentheses inside it.
  struct Scope {
    int froms = 0;
    int froms_of_events = 0;
    bool joins = false;
  };

  const SqlToken& at(std::size_t i) const {
    static const SqlToken kNone;
    return i < tokens_.size() ? tokens_[i] : kNone;
  }
  const SqlToken& before(std::size_t i) const { return at(i - 1); }  // i - 1 wraps: none

  Status bad(const std::string& what, std::size_t i) const {
    return Status(Code::kInvalid, what + ", " + at_character(at(i).begin));
  }

  void find_scopes();
  bool surely_of_table(std::size_t i) const {
    if (!columns_) return false;
    if (form_ == QueryText::Form::kExpression) return true;
    const Scope& scope = scopes_[scope_of_[i]];
    return !shadowed_ && scope.froms > 0 && scope.froms == scope.froms_of_events && !scope.joins;
  }

  Status check(std::size_t i) const;
  Status check_function_paths(std::size_t i) const;
  Result<std::size_t> rewrite_at(std::size_t i);
  std::size_t rewrite_function(std::size_t i);
  Result<std::size_t> rewrite_root(std::size_t i, JsonColumn::Root root);
  Result<std::size_t> rewrite_time(std::size_t i);

  static std::optional<JsonColumn::Root> root_of(const SqlToken& token) {
    if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuoted) return std::nullopt;
    const std::string name = token.unquoted();
    if (equal_ignoring_case(name, "body")) return JsonColumn::Root::kBody;
    if (equal_ignoring_case(name, "logrec")) return JsonColumn::Root::kLogrec;
    return std::nullopt;
  }

  // The literals that the operand [begin, end) is compared with, when it is with nothing else.
  std::vector<std::size_t> literals_compared(std::size_t begin, std::size_t end,
                                             TokenKind kind) const;
  bool compared_as_text(std::size_t begin, std::size_t end) const;

  std::string column_for(JsonColumn::Kind kind, JsonColumn::Root root, JsonPath path,
                         std::size_t begin, std::size_t end);
  void replace(std::size_t first, std::size_t last, std::string text) {
    edits_.push_back({at(first).begin, at(last).end, std::move(text)});
  }
  QueryText assemble();

  const std::string_view source_;
  const std::vector<SqlToken>& tokens_;
  const QueryText::Form form_;
  const bool columns_;
  std::vector<Scope> scopes_;
  std::vector<std::size_t> scope_of_;  // for each token
  bool shadowed_ = false;              // a WITH calls something else `events`
  std::vector<Edit> edits_;
  std::vector<JsonColumn> json_;
};

void QueryRewriter::find_scopes() {
  scopes_.emplace_back();
  scope_of_.assign(tokens_.size(), 0);
  std::vector<std::size_t> open;
  std::size_t current = 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    scope_of_[i] = current;
    const SqlToken& token = at(i);
    if (token.is("(")) {
      open.push_back(current);
      if (at(i + 1).is_word("select") || at(i + 1).is_word("with") || at(i + 1).is_word("values")) {
        current = scopes_.size();
        scopes_.emplace_back();
      }
    } else if (token.is(")") && !open.empty()) {
      current = open.back();
      open.pop_back();
    } else if (token.is_word("join")) {
      scopes_[current].joins = true;
    } else if (token.is_word("from") && !before(i).is_word("distinct")) {
      ++scopes_[current].froms;
      std::size_t next = i + 2;
      if (equal_ignoring_case(at(i + 1).unquoted(), "events") && !at(next).is(".") &&
          !at(next).is("("))
        ++scopes_[current].froms_of_events;
      if (at(next).is_word("as")) ++next;
      if (at(next).kind == TokenKind::kWord || at(next).kind == TokenKind::kQuoted) ++next;
      if (at(i + 2).is(",") || at(next).is(",")) scopes_[current].joins = true;
    } else if (equal_ignoring_case(token.unquoted(), "events") &&
               (at(i + 1).is("(") ||
                (at(i + 1).is_word("as") && (at(i + 2).is("(") || at(i + 2).is_word("not") ||
                                             at(i + 2).is_word("materialized"))))) {
      shadowed_ = true;
    }
  }
}

Status QueryRewriter::check(std::size_t i) const {
  const SqlToken& token = at(i);
  if (form_ == QueryText::Form::kExpression && token.kind == TokenKind::kWord) {
    static constexpr std::array<std::string_view, 4> kSelects = {"select", "values", "with",
                                                                 "exists"};
    if (is_one_of(token, kSelects)) return bad("sub-selects are not allowed", i);
    if (token.is_word("in") && !at(i + 1).is("("))
      return bad("syntax error: IN needs a list in parentheses", i);
  }
  if (is_pointing(token) && at(i + 1).kind == TokenKind::kString) {
    auto path = JsonPath::parse_operand(at(i + 1).unquoted());
    if (!path.ok()) return bad(path.status().message(), i + 1);
  }
  if (token.kind == TokenKind::kWord && at(i + 1).is("(")) return check_function_paths(i);
  return ok_status();
}

// The arguments of the JSON functions that are one string each.
Status QueryRewriter::check_function_paths(std::size_t i) const {
  static constexpr std::array<std::string_view, 4> kFunctions = {
      "json_extract", "json_type", "json_array_length", "json_contains_path"};
  if (!is_one_of(at(i), kFunctions)) return ok_status();
  const int first_path = at(i).is_word("json_contains_path") ? 2 : 1;
  int depth = 0;
  int argument = 0;
  for (std::size_t j = i + 1; j + 1 < tokens_.size(); ++j) {
    if (at(j).is("(")) ++depth;
    if (at(j).is(")") && --depth == 0) break;
    if (depth == 1 && at(j).is(",")) ++argument;
    if (depth != 1 || argument < first_path || at(j).kind != TokenKind::kString ||
        !before(j).is(",") || !(at(j + 1).is(",") || at(j + 1).is(")")))
      continue;
    auto path = JsonPath::parse(at(j).unquoted());
    if (!path.ok()) return bad(path.status().message(), j);
  }
  return ok_status();
}

Result<std::size_t> QueryRewriter::rewrite_at(std::size_t i) {
  const SqlToken& token = at(i);
  if ((token.kind != TokenKind::kWord && token.kind != TokenKind::kQuoted) || !surely_of_table(i))
    return i + 1;
  if (token.kind == TokenKind::kWord && at(i + 1).is("(")) return rewrite_function(i);
  if (at(i + 1).is("(") || at(i + 1).is(".") || before(i).is_word("as")) return i + 1;
  // What stands before `e.body` is what stands before `e`.
  const std::size_t begin = before(i).is(".") ? i - 2 : i;
  if (!awaits_operand(before(begin)) && begin != 0) return i + 1;
  if (auto root = root_of(token)) return rewrite_root(i, *root);
  return rewrite_time(i);
}

// name(root, 'path') and, for two of them, name(root).
std::size_t QueryRewriter::rewrite_function(std::size_t i) {
  JsonColumn::Kind kind = JsonColumn::Kind::kTyped;
  if (at(i).is_word("json_type")) {
    kind = JsonColumn::Kind::kType;
  } else if (at(i).is_word("json_array_length")) {
    kind = JsonColumn::Kind::kLength;
  } else if (!at(i).is_word("json_extract") && !at(i).is_word("json_contains_path")) {
    return i + 1;
  }
  const std::size_t name = at(i + 3).is(".") ? i + 4 : i + 2;
  auto root = root_of(at(name));
  if (!root) return i + 1;
  const std::string prefix = name == i + 2 ? "" : std::string(at(i + 2).text) + '.';
  std::optional<std::size_t> last;
  JsonPath path;
  if (at(i).is_word("json_contains_path")) {
  } else if (at(name + 1).is(")") && kind != JsonColumn::Kind::kTyped) {
    last = name + 1;
  } else if (at(name + 1).is(",") && at(name + 2).kind == TokenKind::kString &&
             at(name + 3).is(")")) {
    auto parsed = JsonPath::parse(at(name + 2).unquoted());
    if (parsed.ok()) {
      path = *parsed;
      last = name + 3;
    }
  }
  if (last) {
    replace(i, *last, prefix + column_for(kind, *root, std::move(path), i, *last));
    return *last + 1;
  }
  // The function itself, with the document instead of its text.
  replace(name, name, *root == JsonColumn::Root::kBody ? "\"body raw\"" : "\"logrec raw\"");
  return name + 1;
}

Result<std::size_t> QueryRewriter::rewrite_root(std::size_t i, JsonColumn::Root root) {
  if (!is_pointing(at(i + 1))) return i + 1;
  const std::size_t begin = before(i).is(".") ? i - 2 : i;
  const SqlToken& previous = before(begin);
  // There the name belongs to what stands before it.
  const bool unary = (previous.is("+") || previous.is("-")) && awaits_operand(before(begin - 1));
  const bool bound = begin != 0 && (is_pointing(previous) || previous.is("||") ||
                                    previous.is("~") || unary || previous.is_word("collate"));
  std::size_t last = i;
  bool unquoted = false;
  JsonPath path;
  while (!bound && !unquoted && is_pointing(at(last + 1))) {
    const SqlToken& operand = at(last + 2);
    std::optional<JsonPath> step;
    if (operand.kind == TokenKind::kString) {
      auto parsed = JsonPath::parse_operand(operand.unquoted());
      if (!parsed.ok()) return bad(parsed.status().message(), last + 2);
      step = *parsed;
    } else if (operand.kind == TokenKind::kNumber && operand.text.size() < 9 &&
               std::all_of(operand.text.begin(), operand.text.end(), is_digit)) {
      step = JsonPath::of_index(std::stol(std::string(operand.text)));
    } else {
      break;
    }
    unquoted = at(last + 1).is("->>");
    path = path.then(*step);
    last += 2;
  }
  if (last == i) {
    replace(i, i, root == JsonColumn::Root::kBody ? "\"body raw\"" : "\"logrec raw\"");
    return i + 1;
  }
  auto kind = JsonColumn::Kind::kTyped;
  if (unquoted)
    kind =
        compared_as_text(begin, last + 1) ? JsonColumn::Kind::kText : JsonColumn::Kind::kUnquoted;
  // The paths behind it have been looked at; `end` behind it is none of ours.
  replace(i, last, column_for(kind, root, std::move(path), begin, last));
  return last + 1;
}

// ts, start, "end": compared with text, that is a time.
Result<std::size_t> QueryRewriter::rewrite_time(std::size_t i) {
  const std::string name = at(i).unquoted();
  const bool ts = equal_ignoring_case(name, "ts");
  if (!ts && !equal_ignoring_case(name, "start") && !equal_ignoring_case(name, "end")) return i + 1;
  const std::size_t begin = before(i).is(".") ? i - 2 : i;
  const std::vector<std::size_t> texts = literals_compared(begin, i + 1, TokenKind::kString);
  for (std::size_t literal : texts) {
    auto time = parse_query_time(at(literal).unquoted());
    if (!time)
      return bad(
          fmt::format("'{}' is not a time such as '2017-07-14 02:40:00'", at(literal).unquoted()),
          literal);
    replace(literal, literal, ts ? std::to_string(*time) : time_as_seconds(*time));
  }
  if (ts && (!texts.empty() || !literals_compared(begin, i + 1, TokenKind::kNumber).empty()))
    replace(i, i, "\"ts us\"");
  return i + 1;
}

std::vector<std::size_t> QueryRewriter::literals_compared(std::size_t begin, std::size_t end,
                                                          TokenKind kind) const {
  auto alone = [&](std::size_t literal) {
    const SqlToken& next = at(literal + 1);
    return at(literal).kind == kind && !binds_tighter(next) && !is_comparison(next);
  };
  const SqlToken& previous = before(begin);
  std::size_t i = end;
  if (at(i).is_word("collate")) i += 2;
  if (binds_tighter(at(i))) return {};
  if (is_comparison(previous) && begin >= 2) {
    const std::size_t literal = begin - 2;
    if (at(literal).kind != kind || binds_tighter(before(literal)) ||
        is_comparison(before(literal)))
      return {};
    return is_comparison(at(i)) ? std::vector<std::size_t>() : std::vector{literal};
  }
  if (binds_tighter(previous)) return {};
  if (is_comparison(at(i))) return alone(i + 1) ? std::vector{i + 1} : std::vector<std::size_t>();
  if (at(i).is_word("is")) {
    if (at(++i).is_word("not")) ++i;
    if (at(i).is_word("distinct") && at(i + 1).is_word("from")) i += 2;
    return alone(i) ? std::vector{i} : std::vector<std::size_t>();
  }
  if (at(i).is_word("not")) ++i;
  if (at(i).is_word("between")) {
    if (!alone(i + 1) || !at(i + 2).is_word("and") || !alone(i + 3)) return {};
    return {i + 1, i + 3};
  }
  if (!at(i).is_word("in") || !at(i + 1).is("(")) return {};
  std::vector<std::size_t> found;
  for (i += 2; at(i).kind == kind; i += 2) {
    found.push_back(i);
    if (at(i + 1).is(")")) return found;
    if (!at(i + 1).is(",")) break;
  }
  return {};
}

bool QueryRewriter::compared_as_text(std::size_t begin, std::size_t end) const {
  const std::size_t next = at(end).is_word("not") ? end + 1 : end;
  if (is_pattern_operator(at(next)) && !binds_tighter(before(begin))) return true;
  return !literals_compared(begin, end, TokenKind::kString).empty();
}

std::string QueryRewriter::column_for(JsonColumn::Kind kind, JsonColumn::Root root, JsonPath path,
                                      std::size_t begin, std::size_t last) {
  const std::string text = path.to_string();
  std::size_t i = 0;
  for (; i < json_.size(); ++i)
    if (json_[i].kind == kind && json_[i].root == root && json_[i].path.to_string() == text) break;
  if (i == json_.size()) {
    JsonColumn column;
    column.kind = kind;
    column.root = root;
    column.path = std::move(path);
    column.source = source_.substr(at(begin).begin, at(last).end - at(begin).begin);
    json_.push_back(std::move(column));
  }
  return '"' + QueryText::json_name(i) + '"';
}

QueryText QueryRewriter::assemble() {
  std::sort(edits_.begin(), edits_.end(),
            [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  QueryText text;
  std::size_t done = 0;
  for (const Edit& edit : edits_) {
    text.pieces_.push_back({text.sql_.size(), done, false});
    text.sql_ += source_.substr(done, edit.begin - done);
    text.pieces_.push_back({text.sql_.size(), edit.begin, true});
    text.sql_ += edit.text;
    done = edit.end;
  }
  text.pieces_.push_back({text.sql_.size(), done, false});
  text.sql_ += source_.substr(done);
  text.json_ = std::move(json_);
  return text;
}

Result<QueryText> QueryText::of(std::string_view source, const std::vector<SqlToken>& tokens,
                                Form form, bool columns) {
  return QueryRewriter(source, tokens, form, columns).run();
}

std::size_t QueryText::source_offset(std::size_t sql_offset) const {
  std::size_t offset = 0;
  for (const Piece& piece : pieces_) {
    if (piece.sql > sql_offset) break;
    offset = piece.source + (piece.replaced ? 0 : sql_offset - piece.sql);
  }
  return offset;
}

std::string QueryText::with_sources(std::string text) const {
  for (std::size_t i = json_.size(); i-- > 0;) {
    const std::string name = json_name(i);
    for (const std::string& written : {'"' + name + '"', name}) {
      for (std::size_t at = text.find(written); at != std::string::npos;
           at = text.find(written, at + json_[i].source.size()))
        text.replace(at, written.size(), json_[i].source);
    }
  }
  return text;
}

}  // namespace ox
