#include "common/query/event_table.h"

#include <charconv>
#include <new>
#include <string>

#include "common/query/event_row.h"

namespace ox {
namespace {

// Affinities and collations are what sql_value.h's values are compared by: ts takes text and
// microseconds, `->>` text and numbers. BLOB is "as they are"; HIDDEN alone would be NUMERIC.
constexpr std::string_view kFixedColumns =
    "id, type TEXT, host TEXT, pid INTEGER, start REAL, \"end\" REAL, ts TEXT COLLATE oxtime, "
    "duration REAL, level NUMERIC, name TEXT, message TEXT, body, record_id BLOB HIDDEN, "
    "logrec BLOB HIDDEN, \"ts us\" INTEGER HIDDEN, \"body raw\" BLOB HIDDEN, "
    "\"logrec raw\" BLOB HIDDEN";

// The same for every plan, so that a scan for each side of an OR never looks cheaper than one.
constexpr double kScanCost = 1e9;

struct Table : sqlite3_vtab {
  EventTable* events = nullptr;
};

struct TableCursor : sqlite3_vtab_cursor {
  std::unique_ptr<EventRows> rows;
  EventRow row;
  sqlite3_int64 number = 0;
  bool at_end = true;

  Table& table() { return *static_cast<Table*>(pVtab); }
};

int fail(sqlite3_vtab* table, EventTable& events, const Status& status) {
  events.failure = status;
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s", status.message().c_str());
  return SQLITE_ERROR;
}

std::string_view affinity_of(JsonColumn::Kind kind) {
  switch (kind) {
    case JsonColumn::Kind::kUnquoted:
      return " NUMERIC";
    case JsonColumn::Kind::kText:
    case JsonColumn::Kind::kType:
      return " TEXT";
    case JsonColumn::Kind::kLength:
      return " INTEGER";
    case JsonColumn::Kind::kTyped:
      break;
  }
  return " BLOB";
}

int connect_table(sqlite3* connection, void* data, int, const char* const*, sqlite3_vtab** out,
                  char** error) {
  auto* events = static_cast<EventTable*>(data);
  std::string sql = "CREATE TABLE events(" + std::string(kFixedColumns);
  for (std::size_t i = 0; i < events->json.size(); ++i) {
    sql += ", \"" + QueryText::json_name(i) + '"';
    sql += affinity_of(events->json[i].kind);
    sql += " HIDDEN";
  }
  sql += ")";
  if (int rc = sqlite3_declare_vtab(connection, sql.c_str()); rc != SQLITE_OK) {
    *error = sqlite3_mprintf("%s", sqlite3_errmsg(connection));
    return rc;
  }
  auto* table = new (std::nothrow) Table();
  if (table == nullptr) return SQLITE_NOMEM;
  table->events = events;
  *out = table;
  return SQLITE_OK;
}

int disconnect_table(sqlite3_vtab* table) {
  delete static_cast<Table*>(table);
  return SQLITE_OK;
}

// What the query sorts by, if that is one column that rows can come in the order of. By itself it
// then asks for no more rows than its LIMIT has.
RowOrder wanted_order(const sqlite3_index_info* info) {
  RowOrder order;
  // What is to be grouped, or told apart, need not be sorted.
  if (info->nOrderBy != 1 || sqlite3_vtab_distinct(const_cast<sqlite3_index_info*>(info)) != 0)
    return order;
  order.descending = info->aOrderBy[0].desc != 0;
  switch (static_cast<EventColumn>(info->aOrderBy[0].iColumn)) {
    case EventColumn::kEnd:
      order.by = RowOrder::By::kEnd;
      break;
    case EventColumn::kTs:
    case EventColumn::kTsMicros:
      order.by = RowOrder::By::kTs;
      break;
    default:
      break;
  }
  return order;
}

// begin_scan() is handed the order as a number, and the constraints as "column,op,natural;", op 0
// being IN.
int plan_scan(sqlite3_vtab* base, sqlite3_index_info* info) {
  int order_number = 0;
  if (static_cast<Table*>(base)->events->in_order) {
    const RowOrder order = wanted_order(info);
    info->orderByConsumed = order.by != RowOrder::By::kAny;
    if (info->orderByConsumed != 0)
      order_number = (order.by == RowOrder::By::kEnd ? 2 : 4) + (order.descending ? 1 : 0);
  }
  std::string plan;
  int arguments = 0;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable == 0 || !QueryConditions::useful(constraint.iColumn, constraint.op))
      continue;
    int op = constraint.op;
    if (op == SQLITE_INDEX_CONSTRAINT_EQ && sqlite3_vtab_in(info, i, -1) != 0) {
      sqlite3_vtab_in(info, i, 1);
      op = 0;
    }
    // LIKE, too, makes comparisons, by an order of its own.
    const bool times = constraint.iColumn == static_cast<int>(EventColumn::kTs);
    const bool natural =
        sqlite3_stricmp(sqlite3_vtab_collation(info, i), times ? "oxtime" : "BINARY") == 0;
    info->aConstraintUsage[i].argvIndex = ++arguments;
    plan += std::to_string(constraint.iColumn) + ',' + std::to_string(op) + ',' +
            (natural ? "1;" : "0;");
  }
  info->idxStr = sqlite3_mprintf("%s", plan.c_str());
  if (info->idxStr == nullptr) return SQLITE_NOMEM;
  info->needToFreeIdxStr = 1;
  info->idxNum = order_number;
  info->estimatedCost = kScanCost;
  info->estimatedRows = 1'000'000;
  return SQLITE_OK;
}

int open_cursor(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  auto* cursor = new (std::nothrow) TableCursor();
  *out = cursor;
  return cursor == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
  delete static_cast<TableCursor*>(cursor);
  return SQLITE_OK;
}

int advance(sqlite3_vtab_cursor* base) {
  auto& cursor = *static_cast<TableCursor*>(base);
  EventSlices event;
  auto found = cursor.rows->next(event);
  if (!found.ok()) return fail(cursor.pVtab, *cursor.table().events, found.status());
  cursor.at_end = !*found;
  if (*found) cursor.row.set(event);
  ++cursor.number;
  return SQLITE_OK;
}

// Takes the next number of the plan, and the separator behind it.
int take_plan_number(const char*& plan) {
  int number = 0;
  while (*plan != ',' && *plan != ';') number = number * 10 + (*plan++ - '0');
  ++plan;
  return number;
}

int begin_scan(sqlite3_vtab_cursor* base, int order_number, const char* plan, int count,
               sqlite3_value** values) {
  auto& cursor = *static_cast<TableCursor*>(base);
  EventTable& events = *cursor.table().events;
  QueryConditions conditions(events.scope);
  for (int i = 0; i < count; ++i) {
    const int column = take_plan_number(plan);
    const int op = take_plan_number(plan);
    const bool natural = take_plan_number(plan) != 0;
    if (op != 0) {
      conditions.add(column, op, natural, values[i], events.json);
      continue;
    }
    sqlite3_value* choice = nullptr;
    int rc = sqlite3_vtab_in_first(values[i], &choice);
    for (; rc == SQLITE_OK && choice != nullptr; rc = sqlite3_vtab_in_next(values[i], &choice))
      conditions.add_choice(column, natural, choice);
    if (rc != SQLITE_DONE && rc != SQLITE_OK) return rc;
    conditions.end_choices(column);
  }
  RowOrder order;
  if (order_number != 0)
    order = {order_number < 4 ? RowOrder::By::kEnd : RowOrder::By::kTs, order_number % 2 != 0};
  auto rows = events.open(conditions, order);
  if (!rows.ok()) return fail(cursor.pVtab, events, rows.status());
  cursor.rows = std::move(*rows);
  cursor.number = 0;
  cursor.at_end = cursor.rows == nullptr;
  return cursor.at_end ? SQLITE_OK : advance(base);
}

int is_at_end(sqlite3_vtab_cursor* cursor) {
  return static_cast<TableCursor*>(cursor)->at_end ? 1 : 0;
}

int give_column(sqlite3_vtab_cursor* base, sqlite3_context* context, int column) {
  auto& cursor = *static_cast<TableCursor*>(base);
  const EventTable& events = *cursor.table().events;
  cursor.row.give(column, events.json, context,
                  events.values_die_with_row ? SQLITE_STATIC : SQLITE_TRANSIENT);
  return SQLITE_OK;
}

int give_rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
  *out = static_cast<TableCursor*>(cursor)->number;
  return SQLITE_OK;
}

sqlite3_module event_module() {
  sqlite3_module module{};
  module.iVersion = 3;
  // No xCreate: the table is there without a CREATE VIRTUAL TABLE, and none can be made.
  module.xConnect = connect_table;
  module.xBestIndex = plan_scan;
  module.xDisconnect = disconnect_table;
  module.xOpen = open_cursor;
  module.xClose = close_cursor;
  module.xFilter = begin_scan;
  module.xNext = advance;
  module.xEof = is_at_end;
  module.xColumn = give_column;
  module.xRowid = give_rowid;
  return module;
}

}  // namespace

Status install_event_table(sqlite3* connection, EventTable& table) {
  static const sqlite3_module kModule = event_module();
  if (sqlite3_create_module(connection, "events", &kModule, &table) != SQLITE_OK)
    return Status(Code::kInvalid, sqlite3_errmsg(connection));
  return ok_status();
}

}  // namespace ox
