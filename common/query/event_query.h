#pragma once
// A read-only SELECT over the table `events`: the events of a log directory, or of a stream.
// docs/query.md says what may stand in it.
//
// Conditions that the WHERE clause implies narrow what is read (common/store/event_scan.h); the
// caller's own are enforced inside the table, whatever the text says. Nothing but that table can be
// read, and nothing written.
// Threading: one thread at a time, but for cancel(). Bounds: as QueryLimits says; sorting and
//            grouping in memory.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/query/query_limits.h"
#include "common/store/event_scan.h"

namespace ox {

struct QueryScope {
  std::string directory;
  EventConditions conditions;  // what may be seen at all
  ScanOptions scan;            // `first`, `last`, `order` and `cutoffs` count
};

// Events that come once, one after the other.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // True: the next event, a whole MessagePack value, valid until next() is called again. False: there
  // are no more; a SELECT then gives the rows that it needs all events for.
  virtual Result<bool> next(std::string_view& event) = 0;
  // There will be no more.
  virtual bool ended() const = 0;
  // What ended it that should not have.
  virtual const Status& problem() const = 0;
  // What it is, for errors: "standard input".
  virtual std::string name() const = 0;
};

class EventQuery {
 public:
  // NULL, integers, floats, text; blobs are text too.
  using Value = std::variant<std::monostate, std::int64_t, double, std::string_view>;

  // Borrows fs and what the scope points to. Errors: kInvalid, kTooLarge: what is wrong with the
  // text, and at which character.
  static Result<EventQuery> prepare(FileSystem& fs, QueryScope scope, std::string_view select,
                                    const QueryLimits& limits);
  // Borrows the stream. kInvalid is also a query that reads it twice.
  static Result<EventQuery> prepare(EventStream& stream, EventConditions conditions,
                                    std::string_view select, const QueryLimits& limits);
  EventQuery(EventQuery&&) noexcept;
  EventQuery& operator=(EventQuery&&) noexcept;
  ~EventQuery();

  // Their names: what stands behind AS, otherwise the text of the expression.
  const std::vector<std::string>& columns() const;

  // True: there is a row. False: there are no more. Errors: kUnavailable (the time is over, or it
  // was cancelled), kTooLarge (memory), kInvalid (something that cannot be computed), kIo, those of
  // the stream.
  Result<bool> next();
  // Of the row; valid until next().
  Value value(std::size_t column) const;
  // The row as one line of JSON, {"column": value, ...}: body, logrec, and maps and lists of them as
  // JSON, not as text. Appends.
  void append_row_json(std::string& out) const;

  // From any thread: next() ends with kUnavailable.
  void cancel();

  // Of what was read so far, by all scans of the query.
  ScanProgress progress() const;
  // Files or parts of them that could not be read.
  const std::vector<Status>& problems() const;

 private:
  class Impl;
  explicit EventQuery(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ox
