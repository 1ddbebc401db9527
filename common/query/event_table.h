#pragma once
// The virtual table `events` of a connection (sqlite.org/vtab.html).
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "common/base/status.h"
#include "common/query/event_source.h"
#include "common/query/query_conditions.h"
#include "common/query/query_text.h"
#include "proto/event_slices.h"

namespace ox {

struct EventTable {
  // Columns of the table besides those of EventColumn.
  std::vector<JsonColumn> json;
  // A scan begins; the conditions are those of the WHERE clause, and of `scope`. Null: no rows.
  std::function<Result<std::unique_ptr<EventRows>>(const QueryConditions&, RowOrder)> open;
  // Whether rows come in the order that is asked for; otherwise none is, and SQLite sorts.
  bool in_order = false;
  EventConditions scope;
  // A value is never looked at once the next row is asked for: text need not be copied.
  bool values_die_with_row = false;
  // What the rows failed with: an error that SQLite does not know.
  Status failure;
};

// The connection borrows `table`. Error: kInvalid.
Status install_event_table(sqlite3* connection, EventTable& table);

}  // namespace ox
