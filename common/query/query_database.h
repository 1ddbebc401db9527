#pragma once
// An SQLite connection that can do nothing but read the table `events`.
//
// Kept out by the authorizer: every other table, writing, ATTACH, PRAGMA, functions that are not
// listed. By limits: long texts, deep expressions, large programs. By the progress handler: time and
// cancellation. By the heap limit: memory. There is no file behind it, and temporary tables are in
// memory.
// Threading: one thread, but for what QueryLimits::cancel says.
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "common/query/event_table.h"
#include "common/query/query_limits.h"
#include "common/query/query_text.h"
#include "common/query/sql_functions.h"

namespace ox {

class QueryDatabase {
 public:
  enum class Allow { kExpression, kSelect };  // kSelect: functions of many rows, recursion

  // Borrows `table`, and `cancel`, which counts as limits.cancel does. Errors: kInvalid, kTooLarge (no
  // memory).
  static Result<std::unique_ptr<QueryDatabase>> open(EventTable& table, Allow allow,
                                                     const QueryLimits& limits,
                                                     const std::atomic<bool>* cancel = nullptr);
  ~QueryDatabase();
  QueryDatabase(const QueryDatabase&) = delete;
  QueryDatabase& operator=(const QueryDatabase&) = delete;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  // `before` + text.sql() + `after`. Errors in the words of SQLite, with the place in the source.
  Result<Statement> prepare(std::string_view before, const QueryText& text, std::string_view after,
                            std::string_view source);

  // ok() while there is time and nobody cancelled; otherwise kUnavailable.
  Status check_limits();
  // What the last call on a statement failed with.
  Status error(int rc);

  sqlite3* connection() { return connection_; }

 private:
  QueryDatabase(EventTable& table, Allow allow, const QueryLimits& limits,
                const std::atomic<bool>* cancel);
  Status set_up();
  void set_limits();
  int authorize(int action, const char* first, const char* second) const;

  EventTable& table_;
  const Allow allow_;
  const QueryLimits limits_;
  const std::atomic<bool>* const cancel_;
  const MonoTime deadline_;  // when limits_.time_limit is set
  JsonText json_;
  sqlite3* connection_ = nullptr;
  unsigned checks_ = 0;
  Status stopped_;  // by check_limits()
};

}  // namespace ox
