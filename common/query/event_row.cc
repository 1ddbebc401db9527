#include "common/query/event_row.h"

#include <cmath>

#include "common/query/log_record.h"
#include "common/query/sql_value.h"

namespace ox {
namespace {

void give_text(sqlite3_context* context, RawValue value, sqlite3_destructor_type lifetime) {
  auto text = value.as_text();
  if (!text) return sqlite3_result_null(context);
  set_text(context, *text, lifetime);
}

void give_number(sqlite3_context* context, RawValue value) {
  if (auto whole = value.as_int()) return sqlite3_result_int64(context, *whole);
  auto number = value.as_number();
  if (!number) return sqlite3_result_null(context);
  sqlite3_result_double(context, *number);
}

}  // namespace

void EventRow::set(const EventSlices& slices) {
  slices_ = slices;
  heads_known_ = false;
  logrec_known_ = false;
}

const BodySlices& EventRow::heads() {
  if (!heads_known_) heads_ = BodySlices::of(slices_.body);
  heads_known_ = true;
  return heads_;
}

RawValue& EventRow::logrec() {
  if (logrec_known_) return logrec_;
  logrec_known_ = true;
  logrec_ = slices_.body.find("logrec").value_or(RawValue());
  if (!logrec_.valid()) {
    rest_.clear();
    pack_rest_of_body(rest_, slices_.body);
    logrec_ = RawValue(rest_);
  }
  return logrec_;
}

void EventRow::give_id(sqlite3_context* context, sqlite3_destructor_type lifetime) const {
  // Only a whole number equals one: an id that is a float is text.
  set_json(context, slices_.id,
           slices_.id.kind() == RawValue::Kind::kInt ? JsonColumn::Kind::kTyped
                                                     : JsonColumn::Kind::kText,
           lifetime);
}

// As level_of(): no level, and what is no number, is 0.
void EventRow::give_level(sqlite3_context* context) {
  const double level = heads().level.as_number().value_or(0);
  if (std::isnan(level)) return sqlite3_result_int(context, 0);
  if (level == std::floor(level) && std::fabs(level) < 1e15)
    return sqlite3_result_int64(context, static_cast<sqlite3_int64>(level));
  sqlite3_result_double(context, level);
}

void EventRow::give_times(EventColumn column, sqlite3_context* context) const {
  if (column == EventColumn::kDuration) {
    auto start = slices_.start.as_number();
    auto end = slices_.end.as_number();
    if (!start || !end) return sqlite3_result_null(context);
    return sqlite3_result_double(context, *end - *start);
  }
  auto ts = record_time(slices_.end);
  if (!ts) return sqlite3_result_null(context);
  if (column == EventColumn::kTsMicros) return sqlite3_result_int64(context, ts->count());
  std::string text;
  append_record_time(text, *ts);
  set_text(context, text, SQLITE_TRANSIENT);
}

void EventRow::give(int column, const std::vector<JsonColumn>& json, sqlite3_context* context,
                    sqlite3_destructor_type lifetime) {
  if (column >= static_cast<int>(EventColumn::kFirstJson)) {
    const JsonColumn& wanted =
        json[static_cast<std::size_t>(column - static_cast<int>(EventColumn::kFirstJson))];
    const RawValue document = wanted.root == JsonColumn::Root::kBody ? slices_.body : logrec();
    return set_json(context, wanted.path.find(document), wanted.kind, lifetime);
  }
  switch (static_cast<EventColumn>(column)) {
    case EventColumn::kId:
    case EventColumn::kRecordId:
      return give_id(context, lifetime);
    case EventColumn::kType:
      return give_text(context, slices_.type, lifetime);
    case EventColumn::kHost:
      return give_text(context, slices_.host, lifetime);
    case EventColumn::kPid:
      return give_number(context, slices_.pid);
    case EventColumn::kStart:
      return give_number(context, slices_.start);
    case EventColumn::kEnd:
      return give_number(context, slices_.end);
    case EventColumn::kTs:
    case EventColumn::kTsMicros:
    case EventColumn::kDuration:
      return give_times(static_cast<EventColumn>(column), context);
    case EventColumn::kLevel:
      return give_level(context);
    case EventColumn::kName:
      return give_text(context, heads().name, lifetime);
    case EventColumn::kMessage:
      return give_text(context, heads().message, lifetime);
    case EventColumn::kBody:
      return set_json(context, slices_.body, JsonColumn::Kind::kTyped, lifetime);
    case EventColumn::kLogrec:
      return set_json(context, logrec(), JsonColumn::Kind::kTyped, lifetime);
    case EventColumn::kBodyRaw:
      return sqlite3_result_pointer(context, &slices_.body, kDocumentPointer, nullptr);
    case EventColumn::kLogrecRaw:
      return sqlite3_result_pointer(context, &logrec(), kDocumentPointer, nullptr);
    case EventColumn::kFirstJson:
      break;
  }
  sqlite3_result_null(context);
}

}  // namespace ox
