#pragma once
// Where the rows of the table `events` come from: the files of a log directory, or events that come
// once. (Only for common/query: it needs sqlite3.h.) Threading: one thread.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/query/event_query.h"
#include "common/query/query_conditions.h"
#include "common/store/event_scan.h"
#include "proto/event_slices.h"

namespace ox {

class EventRows {
 public:
  virtual ~EventRows() = default;
  // True: the next event, valid until next() is called again. False: there are no more.
  virtual Result<bool> next(EventSlices& event) = 0;
};

// The order that rows are wanted in.
struct RowOrder {
  enum class By { kAny, kEnd, kTs };
  By by = By::kAny;
  bool descending = false;
};

class EventSource {
 public:
  virtual ~EventSource() = default;

  // A scan begins; go_on: asked now and then, false ends it. Null: no rows.
  virtual Result<std::unique_ptr<EventRows>> open(const QueryConditions& conditions, RowOrder order,
                                                  std::function<bool()> go_on) = 0;
  // Whether rows come in the order that is asked for.
  virtual bool in_order() const = 0;
  // What is read once only, in words; "" when scans are not counted.
  virtual std::string once() const = 0;

  // By all scans.
  virtual ScanProgress progress() const = 0;
  virtual const std::vector<Status>& problems() const = 0;
};

// Borrow fs, what the scope points to, and the stream.
std::unique_ptr<EventSource> make_store_source(FileSystem& fs, QueryScope scope);
std::unique_ptr<EventSource> make_stream_source(EventStream& stream);
// What is wrong with a query that reads it twice.
Status read_twice(const EventSource& source);

}  // namespace ox
