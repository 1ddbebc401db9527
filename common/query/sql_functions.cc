#include "common/query/sql_functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <re2/re2.h>

#include "common/base/ascii.h"
#include "common/query/event_row.h"
#include "common/query/json_path.h"
#include "common/query/query_time.h"
#include "common/query/sql_value.h"

namespace ox {
namespace {

constexpr std::int64_t kRegexMemory = 4 << 20;
constexpr int kMaxPathsOfFunction = 16;

RE2::Options regex_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  return options;
}

RawValue* document_of(sqlite3_value* value) {
  return static_cast<RawValue*>(sqlite3_value_pointer(value, kDocumentPointer));
}

JsonText& json_text_of(sqlite3_context* context) {
  return *static_cast<JsonText*>(sqlite3_user_data(context));
}

void fail_function(sqlite3_context* context, const Status& status) {
  sqlite3_result_error(context, status.message().data(), static_cast<int>(status.message().size()));
}

// The path that the value says; nothing when it is NULL or wrong, which is said then.
std::optional<JsonPath> path_argument(sqlite3_context* context, sqlite3_value* value,
                                      bool operand) {
  if (sqlite3_value_type(value) == SQLITE_NULL) {
    sqlite3_result_null(context);
    return std::nullopt;
  }
  if (operand && sqlite3_value_type(value) == SQLITE_INTEGER)
    return JsonPath::of_index(sqlite3_value_int64(value));
  auto path = operand ? JsonPath::parse_operand(text_of(value)) : JsonPath::parse(text_of(value));
  if (path.ok()) return *path;
  fail_function(context, path.status());
  return std::nullopt;
}

JsonText::Question question_of(JsonColumn::Kind kind) {
  if (kind == JsonColumn::Kind::kType) return JsonText::Question::kType;
  return kind == JsonColumn::Kind::kLength ? JsonText::Question::kLength
                                           : JsonText::Question::kExtract;
}

void answer(sqlite3_context* context, sqlite3_value* document, const JsonPath& path,
            JsonColumn::Kind kind) {
  if (const RawValue* value = document_of(document))
    return set_json(context, path.find(*value), kind, SQLITE_TRANSIENT);
  if (sqlite3_value_type(document) != SQLITE_TEXT) return sqlite3_result_null(context);
  sqlite3_value* found = json_text_of(context).ask(question_of(kind), document, path.to_string());
  if (found == nullptr) return sqlite3_result_null(context);
  sqlite3_result_value(context, found);
}

template <JsonColumn::Kind kind>
void point(sqlite3_context* context, int, sqlite3_value** values) {
  if (auto path = path_argument(context, values[1], true)) answer(context, values[0], *path, kind);
}

// name(document) and name(document, path).
template <JsonColumn::Kind kind>
void ask_at_path(sqlite3_context* context, int count, sqlite3_value** values) {
  if (count == 1) return answer(context, values[0], JsonPath(), kind);
  if (auto path = path_argument(context, values[1], false)) answer(context, values[0], *path, kind);
}

// SQLite's own would not know a document of the table.
void refuse_paths(sqlite3_context* context, int, sqlite3_value**) {
  sqlite3_result_error(context, "json_extract() takes a document and one path", -1);
}

// json_contains_path(document, 'one' | 'all', path, ...)
void contains_path(sqlite3_context* context, int count, sqlite3_value** values) {
  if (count < 3 || count > kMaxPathsOfFunction + 2)
    return sqlite3_result_error(context,
                                "json_contains_path() takes a document, 'one' or 'all', "
                                "and up to 16 paths",
                                -1);
  const std::string_view mode = text_of(values[1]);
  const bool all = equal_ignoring_case(mode, "all");
  if (!all && !equal_ignoring_case(mode, "one"))
    return sqlite3_result_error(context, "json_contains_path() takes 'one' or 'all'", -1);
  const RawValue* document = document_of(values[0]);
  if (document == nullptr && sqlite3_value_type(values[0]) != SQLITE_TEXT)
    return sqlite3_result_null(context);
  int found = 0;
  for (int i = 2; i < count; ++i) {
    auto path = path_argument(context, values[i], false);
    if (!path) return;
    if (document != nullptr) {
      found += path->find(*document).valid() ? 1 : 0;
    } else {
      sqlite3_value* type =
          json_text_of(context).ask(JsonText::Question::kType, values[0], path->to_string());
      found += type != nullptr && sqlite3_value_type(type) != SQLITE_NULL ? 1 : 0;
    }
  }
  sqlite3_result_int(context, (all ? found == count - 2 : found > 0) ? 1 : 0);
}

// What JSON functions give is unquoted already; what is no text becomes it.
void unquote(sqlite3_context* context, int, sqlite3_value** values) {
  if (const RawValue* document = document_of(values[0]))
    return set_json(context, *document, JsonColumn::Kind::kText, SQLITE_TRANSIENT);
  if (sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  set_text(context, text_of(values[0]), SQLITE_TRANSIENT);
}

// regexp(pattern, text), which is what `text REGEXP pattern` calls.
void match_regexp(sqlite3_context* context, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_type(values[1]) == SQLITE_NULL)
    return sqlite3_result_null(context);
  auto* regex = static_cast<RE2*>(sqlite3_get_auxdata(context, 0));
  std::unique_ptr<RE2> own;
  if (regex == nullptr) {
    own = std::make_unique<RE2>(std::string(text_of(values[0])), regex_options());
    regex = own.get();
    if (!regex->ok())
      return fail_function(context,
                           Status(Code::kInvalid, "bad regular expression: " + regex->error()));
  }
  sqlite3_result_int(context, RE2::PartialMatch(text_of(values[1]), *regex) ? 1 : 0);
  if (own)
    sqlite3_set_auxdata(context, 0, own.release(),
                        [](void* old) { delete static_cast<RE2*>(old); });
}

std::optional<double> time_of_text(std::string_view text) {
  if (auto time = parse_query_time(text)) return static_cast<double>(*time);
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Times first, by time; then everything else, by bytes.
int compare_times(void*, int a_size, const void* a, int b_size, const void* b) {
  const std::string_view left(static_cast<const char*>(a), static_cast<std::size_t>(a_size));
  const std::string_view right(static_cast<const char*>(b), static_cast<std::size_t>(b_size));
  auto left_time = time_of_text(left);
  auto right_time = time_of_text(right);
  if (left_time && right_time)
    return *left_time < *right_time ? -1 : *left_time > *right_time ? 1 : 0;
  if (left_time) return -1;
  if (right_time) return 1;
  return left.compare(right);
}

}  // namespace

JsonText::~JsonText() {
  for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

bool JsonText::open() {
  if (connection_ != nullptr) return true;
  if (sqlite3_open_v2(":memory:", &connection_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
                      nullptr) != SQLITE_OK)
    return false;
  static constexpr std::array<const char*, 4> kQuestions = {
      "SELECT json_extract(?1, ?2)", "SELECT json_type(?1, ?2)", "SELECT json_array_length(?1, ?2)",
      "SELECT json_valid(?1)"};
  for (std::size_t i = 0; i < kQuestions.size(); ++i)
    sqlite3_prepare_v2(connection_, kQuestions[i], -1, &statements_[i], nullptr);
  return true;
}

sqlite3_value* JsonText::ask(Question question, sqlite3_value* text, const std::string& path) {
  if (!open()) return nullptr;
  sqlite3_stmt* statement = statements_[static_cast<std::size_t>(question)];
  if (statement == nullptr) return nullptr;
  sqlite3_reset(statement);
  sqlite3_bind_value(statement, 1, text);
  sqlite3_bind_text(statement, 2, path.data(), static_cast<int>(path.size()), SQLITE_TRANSIENT);
  return sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_value(statement, 0) : nullptr;
}

bool JsonText::valid(std::string_view text) {
  if (!open() || statements_[3] == nullptr) return false;
  sqlite3_stmt* statement = statements_[3];
  sqlite3_reset(statement);
  sqlite3_bind_text(statement, 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  const bool valid = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) != 0;
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return valid;
}

Status install_functions(sqlite3* connection, JsonText& json) {
  struct Function {
    const char* name;
    int arguments;
    void (*run)(sqlite3_context*, int, sqlite3_value**);
  };
  using Kind = JsonColumn::Kind;
  static constexpr std::array<Function, 11> kFunctions = {{
      {"->", 2, point<Kind::kTyped>},
      {"->>", 2, point<Kind::kUnquoted>},
      {"json_extract", 2, ask_at_path<Kind::kTyped>},
      {"json_extract", -1, refuse_paths},
      {"json_type", 1, ask_at_path<Kind::kType>},
      {"json_type", 2, ask_at_path<Kind::kType>},
      {"json_array_length", 1, ask_at_path<Kind::kLength>},
      {"json_array_length", 2, ask_at_path<Kind::kLength>},
      {"json_contains_path", -1, contains_path},
      {"json_unquote", 1, unquote},
      {"regexp", 2, match_regexp},
  }};
  for (const Function& function : kFunctions) {
    if (sqlite3_create_function_v2(connection, function.name, function.arguments,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, &json,
                                   function.run, nullptr, nullptr, nullptr) != SQLITE_OK)
      return Status(Code::kInvalid, sqlite3_errmsg(connection));
  }
  if (sqlite3_create_collation_v2(connection, "oxtime", SQLITE_UTF8, nullptr, compare_times,
                                  nullptr) != SQLITE_OK)
    return Status(Code::kInvalid, sqlite3_errmsg(connection));
  return ok_status();
}

bool is_allowed_function(std::string_view name, bool aggregates) {
  static constexpr std::array<std::string_view, 56> kOfOneRow = {"->",
                                                                 "->>",
                                                                 "json_extract",
                                                                 "json_type",
                                                                 "json_array_length",
                                                                 "json_contains_path",
                                                                 "json_unquote",
                                                                 "regexp",
                                                                 "like",
                                                                 "glob",
                                                                 "abs",
                                                                 "coalesce",
                                                                 "ifnull",
                                                                 "iif",
                                                                 "nullif",
                                                                 "instr",
                                                                 "length",
                                                                 "lower",
                                                                 "upper",
                                                                 "ltrim",
                                                                 "rtrim",
                                                                 "trim",
                                                                 "max",
                                                                 "min",
                                                                 "replace",
                                                                 "round",
                                                                 "sign",
                                                                 "substr",
                                                                 "substring",
                                                                 "typeof",
                                                                 "unicode",
                                                                 "char",
                                                                 "hex",
                                                                 "date",
                                                                 "time",
                                                                 "datetime",
                                                                 "julianday",
                                                                 "unixepoch",
                                                                 "strftime",
                                                                 "ceil",
                                                                 "ceiling",
                                                                 "floor",
                                                                 "trunc",
                                                                 "mod",
                                                                 "pow",
                                                                 "power",
                                                                 "sqrt",
                                                                 "exp",
                                                                 "ln",
                                                                 "log",
                                                                 "log10",
                                                                 "log2",
                                                                 "likely",
                                                                 "unlikely",
                                                                 "likelihood",
                                                                 "json_valid"};
  static constexpr std::array<std::string_view, 17> kOfManyRows = {
      "avg",  "count",       "group_concat", "sum",       "total",           "row_number",
      "rank", "dense_rank",  "percent_rank", "cume_dist", "ntile",           "lag",
      "lead", "first_value", "last_value",   "nth_value", "json_group_array"};
  return std::find(kOfOneRow.begin(), kOfOneRow.end(), name) != kOfOneRow.end() ||
         (aggregates &&
          std::find(kOfManyRows.begin(), kOfManyRows.end(), name) != kOfManyRows.end());
}

Status check_regular_expressions(const std::vector<SqlToken>& tokens) {
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!tokens[i].is_word("regexp") || tokens[i + 1].kind != SqlToken::Kind::kString) continue;
    RE2 regex(tokens[i + 1].unquoted(), regex_options());
    if (!regex.ok())
      return Status(Code::kInvalid, "bad regular expression: " + regex.error() + ", " +
                                        at_character(tokens[i + 1].begin));
  }
  return ok_status();
}

}  // namespace ox
