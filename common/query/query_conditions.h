#pragma once
// What the WHERE clause of a query implies for every row, told constraint by constraint by SQLite
// (xBestIndex, sqlite.org/vtab.html), as conditions that files, blocks and events can be passed over
// by. Never more than is implied: a row is not lost.
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "common/query/query_text.h"
#include "common/store/event_conditions.h"

namespace ox {

// The columns of the table, in its order; json columns follow.
enum class EventColumn {
  kId,
  kType,
  kHost,
  kPid,
  kStart,
  kEnd,
  kTs,
  kDuration,
  kLevel,
  kName,
  kMessage,
  kBody,
  kRecordId,
  kLogrec,
  kTsMicros,
  kBodyRaw,
  kLogrecRaw,
  kFirstJson,
};

class QueryConditions {
 public:
  QueryConditions() = default;
  // What holds anyway.
  explicit QueryConditions(EventConditions scope) : events_(std::move(scope)) {}

  // True for constraints that add() can make something of. op: SQLITE_INDEX_CONSTRAINT_...
  static bool useful(int column, int op);
  // `column op value` holds. natural: by the column's own collation. json: of the table.
  void add(int column, int op, bool natural, sqlite3_value* value,
           const std::vector<JsonColumn>& json);
  // `column IN (values)` holds: add_choice() for each, then end_choices().
  void add_choice(int column, bool natural, sqlite3_value* value);
  void end_choices(int column);

  const EventConditions& events() const { return events_; }
  const std::vector<std::string>& needles() const { return events_.needles; }
  // No event can fulfil them all.
  bool nothing() const { return nothing_; }

 private:
  void want_types(const std::vector<TypePattern>& types);
  void want_hosts(const std::vector<std::string>& hosts);
  void want_text(std::string_view text);
  void want_words(std::string_view text);
  void want_type_like(std::string_view pattern, bool glob);
  void want_time(int op, double low, double high);
  void want_level(int op, double level);
  void want_json(const JsonColumn& column, sqlite3_value* value);

  EventConditions events_;
  bool nothing_ = false;
  std::vector<std::string> choices_;
  bool choices_known_ = true;
};

}  // namespace ox
