#include "common/query/event_filter.h"

#include <utility>

#include "common/query/event_table.h"
#include "common/query/query_database.h"
#include "common/query/query_text.h"
#include "common/query/sql_functions.h"
#include "common/query/sql_tokens.h"
#include "common/store/byte_search.h"

namespace ox {
namespace {

// How often the clock is looked at when nothing gets as far as SQLite.
constexpr unsigned kCallsBetweenChecks = 256;

// A table of one row that changes, and never ends: so the statement is stepped from event to event, and
// never reset.
class CurrentEvent : public EventRows {
 public:
  explicit CurrentEvent(const EventSlices& event) : event_(event) {}
  Result<bool> next(EventSlices& event) override {
    event = event_;
    return true;
  }

 private:
  const EventSlices& event_;
};

}  // namespace

class EventFilter::Impl {
 public:
  Status compile(std::string_view expression, const QueryLimits& limits) {
    OX_ASSIGN_OR_RETURN(std::vector<SqlToken> tokens,
                        tokenize_sql(expression, limits.max_length, limits.max_depth));
    if (tokens.size() == 1) return Status(Code::kInvalid, "an empty expression");
    OX_RETURN_IF_ERROR(check_regular_expressions(tokens));
    OX_ASSIGN_OR_RETURN(QueryText text,
                        QueryText::of(expression, tokens, QueryText::Form::kExpression));
    table_.json = text.json();
    table_.values_die_with_row = true;
    OX_ASSIGN_OR_RETURN(database_,
                        QueryDatabase::open(table_, QueryDatabase::Allow::kExpression, limits));

    // As a WHERE clause it tells what it implies, and aggregates are errors.
    table_.open = [this](const QueryConditions& conditions, RowOrder) {
      conditions_ = conditions;
      return Result<std::unique_ptr<EventRows>>(std::unique_ptr<EventRows>());
    };
    OX_ASSIGN_OR_RETURN(auto clause,
                        database_->prepare("SELECT 1 FROM events WHERE (", text, ")", expression));
    if (int rc = sqlite3_step(clause.get()); rc != SQLITE_DONE && rc != SQLITE_ROW)
      return database_->error(rc);
    clause.reset();

    table_.open = [this](const QueryConditions&, RowOrder) {
      return Result<std::unique_ptr<EventRows>>(std::make_unique<CurrentEvent>(event_));
    };
    OX_ASSIGN_OR_RETURN(statement_,
                        database_->prepare("SELECT CASE WHEN (", text,
                                           ") THEN 1 ELSE 0 END FROM events", expression));
    return ok_status();
  }

  Result<bool> matches(std::string_view event, const EventSlices* slices) {
    if (++calls_ % kCallsBetweenChecks == 0) OX_RETURN_IF_ERROR(database_->check_limits());
    for (const std::string& needle : conditions_.needles())
      if (!contains_bytes(event, needle)) return false;
    event_ = slices != nullptr ? *slices : EventSlices::of(event);
    const int rc = sqlite3_step(statement_.get());
    if (rc == SQLITE_ROW) return sqlite3_column_int(statement_.get(), 0) != 0;
    Status status = database_->error(rc);
    sqlite3_reset(statement_.get());
    // What cannot be computed for this event is not true of it.
    if (status.code() == Code::kInvalid || (rc & 0xff) == SQLITE_TOOBIG) return false;
    return status;
  }

  const QueryConditions& conditions() const { return conditions_; }

 private:
  EventTable table_;
  QueryConditions conditions_;
  EventSlices event_;
  std::unique_ptr<QueryDatabase> database_;
  QueryDatabase::Statement statement_;
  unsigned calls_ = 0;
};

EventFilter::EventFilter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventFilter::EventFilter(EventFilter&&) noexcept = default;
EventFilter& EventFilter::operator=(EventFilter&&) noexcept = default;
EventFilter::~EventFilter() = default;

Result<EventFilter> EventFilter::compile(std::string_view expression, const QueryLimits& limits) {
  auto impl = std::make_unique<Impl>();
  OX_RETURN_IF_ERROR(as_one_line(impl->compile(expression, limits)));
  return EventFilter(std::move(impl));
}

Result<bool> EventFilter::matches(std::string_view event) { return impl_->matches(event, nullptr); }
Result<bool> EventFilter::matches(std::string_view event, const EventSlices& slices) {
  return impl_->matches(event, &slices);
}
const EventConditions& EventFilter::conditions() const { return impl_->conditions().events(); }
const std::vector<std::string>& EventFilter::needles() const {
  return impl_->conditions().needles();
}

}  // namespace ox
