#include "common/query/event_query.h"

#include <atomic>
#include <utility>

#include "common/query/event_source.h"
#include "common/query/event_table.h"
#include "common/query/query_database.h"
#include "common/query/query_text.h"
#include "common/query/sql_functions.h"
#include "common/query/sql_tokens.h"
#include "proto/json.h"

namespace ox {
class EventQuery::Impl {
 public:
  Impl(std::unique_ptr<EventSource> source, EventConditions scope, const QueryLimits& limits)
      : source_(std::move(source)), scope_(std::move(scope)), limits_(limits) {}

  Status prepare(std::string_view select) {
    OX_ASSIGN_OR_RETURN(std::vector<SqlToken> tokens,
                        tokenize_sql(select, limits_.max_length, limits_.max_depth));
    if (!tokens[0].is_word("select") && !tokens[0].is_word("with"))
      return Status(Code::kInvalid, "a query begins with SELECT or WITH");
    OX_RETURN_IF_ERROR(check_regular_expressions(tokens));
    Status status = prepare_as(select, tokens, true);
    // A name that looked like the table's was none: leave all JSON to the functions.
    if (status.code() == Code::kInvalid && !text_.json().empty()) {
      if (Status plain = prepare_as(select, tokens, false); plain.ok()) return plain;
    }
    return status;
  }

  Result<bool> next() {
    if (done_) return false;
    const int rc = sqlite3_step(statement_.get());
    if (rc == SQLITE_ROW) return true;
    done_ = true;
    if (rc == SQLITE_DONE) return false;
    Status status = database_->error(rc);
    return Status(status.code(), text_.with_sources(status.message()));
  }

  Value value(std::size_t column) const {
    const int i = static_cast<int>(column);
    switch (sqlite3_column_type(statement_.get(), i)) {
      case SQLITE_INTEGER:
        return static_cast<std::int64_t>(sqlite3_column_int64(statement_.get(), i));
      case SQLITE_FLOAT:
        return sqlite3_column_double(statement_.get(), i);
      case SQLITE_NULL:
        return std::monostate();
      default: {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), i));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), i));
        return std::string_view(bytes == nullptr ? "" : bytes, size);
      }
    }
  }

  void append_row_json(std::string& out) const {
    out += '{';
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += ", ";
      append_json_string(out, columns_[i].name);
      out += ": ";
      append_value_json(out, i);
    }
    out += '}';
  }

  void cancel() { cancel_.store(true, std::memory_order_relaxed); }

  ScanProgress progress() const { return source_->progress(); }
  const std::vector<Status>& problems() const { return source_->problems(); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Column {
    std::string name;
    bool document = false;  // body, logrec: always JSON
    bool from_document = false;
  };

  Status prepare_as(std::string_view select, const std::vector<SqlToken>& tokens, bool columns) {
    OX_ASSIGN_OR_RETURN(text_, QueryText::of(select, tokens, QueryText::Form::kSelect, columns));
    statement_.reset();
    database_.reset();
    table_ = EventTable();
    table_.json = text_.json();
    table_.scope = scope_;
    table_.in_order = source_->in_order();
    table_.open = [this](const QueryConditions& conditions, RowOrder order) {
      if (conditions.nothing()) return Result<std::unique_ptr<EventRows>>(nullptr);
      return source_->open(conditions, order, [this] { return database_->check_limits().ok(); });
    };
    OX_ASSIGN_OR_RETURN(
        database_, QueryDatabase::open(table_, QueryDatabase::Allow::kSelect, limits_, &cancel_));
    OX_ASSIGN_OR_RETURN(statement_, database_->prepare("", text_, "", select));
    if (!source_->once().empty()) OX_RETURN_IF_ERROR(check_reads_once(select));
    columns_.clear();
    names_.clear();
    for (int i = 0; i < sqlite3_column_count(statement_.get()); ++i) {
      Column column;
      column.name = text_.with_sources(sqlite3_column_name(statement_.get(), i));
      const char* origin = sqlite3_column_origin_name(statement_.get(), i);
      const std::string from = origin == nullptr ? "" : origin;
      column.document = from == "body" || from == "logrec";
      column.from_document = from.starts_with("json:");
      names_.push_back(column.name);
      columns_.push_back(std::move(column));
    }
    return ok_status();
  }

  // What would otherwise be noticed only when all events have come. SQLite opens the table once for
  // each time it is named in what it will do.
  Status check_reads_once(std::string_view select) {
    OX_ASSIGN_OR_RETURN(auto program, database_->prepare("EXPLAIN ", text_, "", select));
    int opened = 0;
    int rc = 0;
    while ((rc = sqlite3_step(program.get())) == SQLITE_ROW) {
      const auto* code = reinterpret_cast<const char*>(sqlite3_column_text(program.get(), 1));
      if (code != nullptr && std::string_view(code) == "VOpen") ++opened;
    }
    if (rc != SQLITE_DONE) return database_->error(rc);
    return opened > 1 ? read_twice(*source_) : ok_status();
  }

  void append_value_json(std::string& out, std::size_t i) const {
    const Value found = value(i);
    if (const auto* whole = std::get_if<std::int64_t>(&found)) {
      out += std::to_string(*whole);
    } else if (const auto* number = std::get_if<double>(&found)) {
      append_json_number(out, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&found)) {
      const bool looks = !text->empty() && (text->front() == '{' || text->front() == '[');
      if (looks && (columns_[i].document || (columns_[i].from_document && is_json(*text)))) {
        out += *text;
      } else {
        append_json_string(out, *text);
      }
    } else {
      out += "null";
    }
  }

  // Text of an event may look like a map, and be none.
  bool is_json(std::string_view text) const { return json_text_.valid(text); }

  const std::unique_ptr<EventSource> source_;
  const EventConditions scope_;
  std::atomic<bool> cancel_{false};
  const QueryLimits limits_;
  QueryText text_;
  EventTable table_;
  std::unique_ptr<QueryDatabase> database_;
  QueryDatabase::Statement statement_;  // goes first: its cursors tell of their scans
  std::vector<Column> columns_;
  std::vector<std::string> names_;
  mutable JsonText json_text_;
  bool done_ = false;
};

EventQuery::EventQuery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventQuery::EventQuery(EventQuery&&) noexcept = default;
EventQuery& EventQuery::operator=(EventQuery&&) noexcept = default;
EventQuery::~EventQuery() = default;

Result<EventQuery> EventQuery::prepare(FileSystem& fs, QueryScope scope, std::string_view select,
                                       const QueryLimits& limits) {
  EventConditions conditions = scope.conditions;
  auto impl = std::make_unique<Impl>(make_store_source(fs, std::move(scope)), std::move(conditions),
                                     limits);
  OX_RETURN_IF_ERROR(as_one_line(impl->prepare(select)));
  return EventQuery(std::move(impl));
}

Result<EventQuery> EventQuery::prepare(EventStream& stream, EventConditions conditions,
                                       std::string_view select, const QueryLimits& limits) {
  auto impl = std::make_unique<Impl>(make_stream_source(stream), std::move(conditions), limits);
  OX_RETURN_IF_ERROR(as_one_line(impl->prepare(select)));
  return EventQuery(std::move(impl));
}

const std::vector<std::string>& EventQuery::columns() const { return impl_->names(); }
Result<bool> EventQuery::next() { return impl_->next(); }
EventQuery::Value EventQuery::value(std::size_t column) const { return impl_->value(column); }
void EventQuery::append_row_json(std::string& out) const { impl_->append_row_json(out); }
void EventQuery::cancel() { impl_->cancel(); }
ScanProgress EventQuery::progress() const { return impl_->progress(); }
const std::vector<Status>& EventQuery::problems() const { return impl_->problems(); }

}  // namespace ox
