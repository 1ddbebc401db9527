#include "common/query/query_database.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "common/base/ascii.h"
#include "common/base/quantity.h"

namespace ox {
namespace {

constexpr std::size_t kDefaultQueryMemory = 512 << 20;
// Of operations of SQLite's machine; some microseconds.
constexpr int kOperationsBetweenChecks = 1000;

// For QueryLimits::go_on, which may cost a system call.
constexpr unsigned kChecksBetweenQuestions = 64;

std::once_flag query_memory_once;

void set_default_query_memory() {
  std::call_once(query_memory_once, [] {
    sqlite3_hard_heap_limit64(static_cast<sqlite3_int64>(kDefaultQueryMemory));
  });
}

bool is_set(const std::atomic<bool>* flag) {
  return flag != nullptr && flag->load(std::memory_order_relaxed);
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

}  // namespace

void limit_query_memory(std::size_t bytes) {
  set_default_query_memory();
  sqlite3_hard_heap_limit64(static_cast<sqlite3_int64>(bytes));
}

QueryDatabase::QueryDatabase(EventTable& table, Allow allow, const QueryLimits& limits,
                             const std::atomic<bool>* cancel)
    : table_(table),
      allow_(allow),
      limits_(limits),
      cancel_(cancel),
      deadline_(Clock::system().mono() + limits.time_limit.value_or(Micros(0))) {}

QueryDatabase::~QueryDatabase() { sqlite3_close_v2(connection_); }

Result<std::unique_ptr<QueryDatabase>> QueryDatabase::open(EventTable& table, Allow allow,
                                                           const QueryLimits& limits,
                                                           const std::atomic<bool>* cancel) {
  set_default_query_memory();
  std::unique_ptr<QueryDatabase> database(new QueryDatabase(table, allow, limits, cancel));
  OX_RETURN_IF_ERROR(database->set_up());
  return database;
}

Status QueryDatabase::set_up() {
  int rc =
      sqlite3_open_v2(":memory:", &connection_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, nullptr);
  if (rc != SQLITE_OK) return error(rc);
  OX_RETURN_IF_ERROR(install_functions(connection_, json_));
  OX_RETURN_IF_ERROR(install_event_table(connection_, table_));
  // Sorting and grouping in memory, where the heap limit is; nothing is ever written to a disk. And
  // the table is declared now, which the authorizer would not allow.
  rc = sqlite3_exec(connection_, "PRAGMA temp_store = MEMORY; SELECT 1 FROM events LIMIT 0",
                    nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return error(rc);
  set_limits();
  sqlite3_set_authorizer(
      connection_,
      [](void* self, int action, const char* first, const char* second, const char*, const char*) {
        return static_cast<QueryDatabase*>(self)->authorize(action, first, second);
      },
      this);
  sqlite3_progress_handler(
      connection_, kOperationsBetweenChecks,
      [](void* self) { return static_cast<QueryDatabase*>(self)->check_limits().ok() ? 0 : 1; },
      this);
  return ok_status();
}

void QueryDatabase::set_limits() {
  static constexpr std::array<std::pair<int, int>, 11> kLimits = {{
      {SQLITE_LIMIT_LENGTH, 16 << 20},
      {SQLITE_LIMIT_EXPR_DEPTH, 500},
      {SQLITE_LIMIT_COLUMN, 300},
      {SQLITE_LIMIT_COMPOUND_SELECT, 20},
      {SQLITE_LIMIT_VDBE_OP, 250'000},
      {SQLITE_LIMIT_FUNCTION_ARG, 32},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
      {SQLITE_LIMIT_VARIABLE_NUMBER, 0},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
      {SQLITE_LIMIT_WORKER_THREADS, 0},
  }};
  for (auto [limit, value] : kLimits) sqlite3_limit(connection_, limit, value);
  for (int off :
       {SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
        SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA,
        SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER})
    sqlite3_db_config(connection_, off, 0, nullptr);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

int QueryDatabase::authorize(int action, const char* first, const char* second) const {
  switch (action) {
    case SQLITE_SELECT:
      return SQLITE_OK;
    case SQLITE_RECURSIVE:
      return allow_ == Allow::kSelect ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_READ:
      if (first == nullptr || second == nullptr) return SQLITE_DENY;
      // No column: count(*), also of what a WITH names. Its own tables begin with sqlite_, and those
      // of other modules cannot be declared.
      if (*second == '\0' && !lower_case(first).starts_with("sqlite_")) return SQLITE_OK;
      return equal_ignoring_case(first, "events") ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return second != nullptr && is_allowed_function(lower_case(second), allow_ == Allow::kSelect)
                 ? SQLITE_OK
                 : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

Status QueryDatabase::check_limits() {
  if (!stopped_.ok()) return stopped_;
  const bool ask = limits_.go_on && ++checks_ % kChecksBetweenQuestions == 0;
  if (is_set(limits_.cancel) || is_set(cancel_) || (ask && !limits_.go_on())) {
    stopped_ = Status(Code::kUnavailable, "the query was cancelled");
  } else if (limits_.time_limit && Clock::system().mono() >= deadline_) {
    stopped_ = Status(Code::kUnavailable,
                      "the query took longer than " + format_duration(*limits_.time_limit));
  }
  return stopped_;
}

Status QueryDatabase::error(int rc) {
  // A scan that was given up does not say why.
  OX_RETURN_IF_ERROR(check_limits());
  if (!table_.failure.ok()) return table_.failure;
  const std::string message =
      connection_ == nullptr ? sqlite3_errstr(rc) : sqlite3_errmsg(connection_);
  switch (rc & 0xff) {
    case SQLITE_NOMEM:
      return Status(Code::kTooLarge, "the query needs more memory than there is for queries");
    case SQLITE_TOOBIG:
      return Status(Code::kTooLarge, "a value of the query is too long");
    default:
      if (message == "not authorized" || message.starts_with("vtable constructor failed"))
        return Status(Code::kInvalid, "only reading the table events is allowed");
      return Status(Code::kInvalid, message);
  }
}

Result<QueryDatabase::Statement> QueryDatabase::prepare(std::string_view before,
                                                        const QueryText& text,
                                                        std::string_view after,
                                                        std::string_view source) {
  const std::string sql = std::string(before) + text.sql() + std::string(after);
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  const int rc =
      sqlite3_prepare_v2(connection_, sql.c_str(), static_cast<int>(sql.size()), &prepared, &rest);
  Statement statement(prepared);
  if (rc == SQLITE_OK && statement != nullptr) return statement;
  if (rc == SQLITE_OK) return Status(Code::kInvalid, "an empty query");
  Status status = error(rc);
  std::string message = text.with_sources(status.message());
  const int offset = sqlite3_error_offset(connection_);
  // The parenthesis that it complains of is ours.
  if (!after.empty() && offset >= 0 &&
      static_cast<std::size_t>(offset) >= before.size() + text.sql().size())
    return Status(Code::kInvalid, "syntax error: the expression ends too early");
  if (offset >= 0 && static_cast<std::size_t>(offset) >= before.size()) {
    const std::size_t at = std::min(
        text.source_offset(static_cast<std::size_t>(offset) - before.size()), source.size());
    message += ", " + at_character(at);
    if (at < source.size() && source[at] == '"') message += " (text stands in single quotes)";
  }
  return Status(status.code(), message);
}

}  // namespace ox
