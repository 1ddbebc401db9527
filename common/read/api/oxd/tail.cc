#include "common/read/api/oxd/tail.h"

#include <memory>
#include <utility>
#include <variant>

#include "common/query/event_filter.h"
#include "common/read/api/oxd/event_filter_parameters.h"
#include "common/read/api/oxd/query_values.h"
#include "common/read/api/read_handler.h"
#include "common/read/tail_hub.h"

namespace ox {
namespace {

// An event is not received earlier than this before its end, whatever the clocks.
constexpr WallTime kTailEarliest = std::chrono::hours(24);

struct TailPlace {
  TailHub& hub;
  bool taken = true;
  ~TailPlace() {
    if (taken) hub.leave();
  }
};

// Of the request, with a `where` that is good for as long as the client stays.
std::variant<EventSelection, HttpError> tail_selection(const HttpPairs& query) {
  auto conditions = read_event_conditions(query);
  if (auto* error = std::get_if<HttpError>(&conditions)) return std::move(*error);
  EventSelection out{std::move(std::get<EventConditions>(conditions))};
  const std::string* where = find_pair(query, "where");
  if (where == nullptr || where->empty()) return out;
  auto compiled = EventFilter::compile(*where, QueryLimits());
  if (!compiled.ok()) return invalid_parameter(compiled.status().at("where").message());
  narrow(out.conditions, compiled->conditions());
  out.test = [filter = std::make_shared<EventFilter>(std::move(*compiled))](
                 std::string_view event, const EventSlices& slices) {
    return filter->matches(event, slices);
  };
  return out;
}

void begin_tail(ReadContext& context, ScanJob& job) {
  auto selection = tail_selection(job.request().query());
  if (auto* error = std::get_if<HttpError>(&selection)) {
    job.reply().send_error(*error);
    return;
  }
  EventSelection& wanted = std::get<EventSelection>(selection);
  auto places = flag_of(job.request().query(), "places");
  if (auto* error = std::get_if<HttpError>(&places)) {
    job.reply().send_error(*error);
    return;
  }
  FollowOptions start;
  const std::string_view last_id = job.request().header("Last-Event-ID");
  if (!last_id.empty()) {
    auto cursor = FollowCursor::decode(last_id);
    if (!cursor.ok()) {
      job.reply().send_error(invalid_parameter(cursor.status().at("Last-Event-ID").message()));
      return;
    }
    start.first = cursor->from;
    start.from = std::move(*cursor);
  } else if (wanted.conditions.since) {
    start.first = std::chrono::duration_cast<WallTime>(
                      std::chrono::duration<double>(*wanted.conditions.since)) -
                  kTailEarliest;
  } else {
    start.only_new = true;
  }
  if (!context.tails->enter()) {
    job.reply().send_error(
        {.status = 503, .message = "Too many clients wait for events", .retry_after = Seconds(5)});
    return;
  }
  TailPlace place{*context.tails};
  const bool history = !start.only_new;
  auto feed = std::make_unique<TailFeed>(context.fs, context.directory, std::move(wanted),
                                         std::move(start), std::get<bool>(places));
  std::string first;  // what comes while the rest is passed over
  if (!history) {
    // Which may take reading, and that is not for the hub's thread.
    auto filled = feed->fill(first, 0, [&job] { return job.go_on(); });
    if (filled.ok() && !job.go_on()) filled = Status(Code::kUnavailable, "");
    if (!filled.ok()) {
      job.reply().send_error(read_error(filled.status(), job));
      return;
    }
  }
  HttpResponse head(200);
  head.header("Content-Type", "text/event-stream").header("Cache-Control", "no-cache");
  HttpStream stream = job.reply().stream(std::move(head));
  stream.write(std::move(first));
  place.taken = false;
  context.tails->add(std::move(feed), std::move(stream));
}

}  // namespace

HttpHandler tail_handler(ReadContext& context, NeededRoles needed) {
  return reading(context, Api::kOther, std::move(needed),
                 [&context](ScanJob& job) { begin_tail(context, job); });
}

}  // namespace ox
