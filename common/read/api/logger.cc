#include "common/read/api/logger.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/base/quantity.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/api/logger/eventlog_entry.h"
#include "common/read/api/logger/logger_event.h"
#include "common/read/api/logger/logger_filter.h"
#include "common/read/api/logger/period.h"
#include "common/read/api/read_handler.h"
#include "common/read/newest_events.h"
#include "common/read/store_reader.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kEventqry = "/api/v1/eventqry";
constexpr std::uint64_t kUsualMinutes = 60;
constexpr std::uint64_t kMostMinutes = 1440;
// Of a stretch of time that is read at once.
constexpr std::uint64_t kEventsAtATime = 100'000;
// An event is in the files of the time it was received; clocks of two machines differ.
constexpr Micros kReceivedBefore = std::chrono::hours(2);
// Of one id there is one time, but for what a float64 cannot tell.
constexpr double kIdTimeSlack = 2e-6;

struct PageEvent {
  LoggerOrder order;
  std::string json;
};

// FNV-1a, 64 bits: the same for the same page, whatever process makes it.
std::uint64_t digest_of(std::string_view text) {
  std::uint64_t out = 0xcbf29ce484222325U;
  for (const char c : text) out = (out ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return out;
}

HttpError not_complete(const LoggerPeriod& period, WallTime now, Micros grace) {
  const auto wait = std::chrono::ceil<Seconds>(period.end() + grace - now);
  return {.status = 404,
          .message = fmt::format("The {} {} is not complete yet", period.unit_name(), period.key()),
          .type = "PeriodNotComplete",
          .retry_after = std::max(wait, Seconds(1))};
}

// 404 has a text of its own in this API, other than the record API's.
HttpResponse logger_error_response(const HttpError& error, const HttpRequest* request) {
  if (error.type != "PeriodNotComplete") return record_error_response(error, request);
  std::string body = R"({"error": {"type": "PeriodNotComplete", "message": )";
  append_json_string(body, error.message);
  return HttpResponse::json(error.status, body + "}}");
}

// A setting such as "2s"; the usual when it is not set. What is wrong with it is told.
Micros duration_setting(ReadContext& context, const char* name, Micros usual) {
  const std::string text = context.setting(name);
  if (text.empty()) return usual;
  auto value = parse_duration(text);
  if (!value.ok()) {
    context.refuse(value.status().at(name));
    return usual;
  }
  return *value;
}

class LoggerReading {
 public:
  explicit LoggerReading(ReadContext& context)
      : context_(context),
        types_(context.types_of("logger")),
        grace_(duration_setting(context, "LOGGER_GRACE", Seconds(2))),
        settle_(duration_setting(context, "LOGGER_SETTLE", Seconds(300))) {}

  using Unit = LoggerPeriod::Unit;

  void period(ScanJob& job, Unit unit, std::string_view key) const {
    answer(job, page(job, unit, key));
  }
  void since(ScanJob& job) const { answer(job, pages_since(job)); }
  void single(ScanJob& job) const { answer(job, one(job)); }

 private:
  using Answer = std::variant<HttpResponse, HttpError>;

  static void answer(ScanJob& job, Answer found) {
    if (auto* error = std::get_if<HttpError>(&found))
      job.reply().send_error(*error);
    else
      job.reply().send(std::move(std::get<HttpResponse>(found)));
  }

  std::variant<LoggerFilter, HttpError> filter_of(ScanJob& job) const {
    const HttpRequest& request = job.request();
    return LoggerFilter::read(request.query(), request.parameter("facility"),
                              request.parameter("level"));
  }

  bool complete(const LoggerPeriod& period) const {
    return period.end() + grace_ <= context_.clock.wall();
  }

  // The events of a stretch of time by the minute, hour or day they belong to.
  using Pages = std::map<WallTime, std::vector<PageEvent>>;
  Result<Pages> find(ScanJob& job, const LoggerFilter& filter, Unit unit, WallTime start,
                     WallTime end) const {
    OX_ASSIGN_OR_RETURN(StoreReader reader, StoreReader::open(context_, job));
    Pages out;
    std::size_t bytes = 0;
    ScanOptions options;
    if (filter.by_received) options.first = start - kReceivedBefore;
    OX_RETURN_IF_ERROR(reader.for_each(
        filter.selection(types_, start, end),
        [&](std::string_view, const EventSlices& slices, const LogPlace&) -> Result<bool> {
          const auto event = LoggerEvent::of(slices);
          if (!event || !filter.matches(*event)) return true;
          const auto time = filter.time_of(*event);
          if (!time || *time < start || *time >= end) return true;
          PageEvent found{LoggerOrder::of(*event), {}};
          event->append_json(found.json);
          bytes += found.json.size();
          if (bytes > kMostPageBytes)
            return Status(Code::kTooLarge,
                          fmt::format("These events take more than {}: ask for a shorter time, or "
                                      "fewer of them",
                                      format_size(kMostPageBytes)));
          out[LoggerPeriod::of(unit, *time).start].push_back(std::move(found));
          return true;
        },
        options));
    for (auto& [at, events] : out)
      std::stable_sort(events.begin(), events.end(), [&](const PageEvent& a, const PageEvent& b) {
        return filter.descending ? b.order < a.order : a.order < b.order;
      });
    return out;
  }

  // The page's address for another period.
  static std::string address(ScanJob& job, const LoggerPeriod& period) {
    const HttpRequest& request = job.request();
    const std::string_view path = request.raw_path();
    std::string out(path.substr(0, path.rfind('/') + 1));
    out += period.key();
    if (!request.raw_query().empty()) out += "?" + std::string(request.raw_query());
    return out;
  }

  void append_page(std::string& out, ScanJob& job, const LoggerPeriod& period,
                   const std::vector<PageEvent>& events, bool links) const {
    fmt::format_to(std::back_inserter(out),
                   R"({{"period": "{}", "start": "{}", "end": "{}", "count": {}, "events": [)",
                   period.unit_name(), format_period_time(period.start),
                   format_period_time(period.end()), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i > 0) out += ", ";
      out += events[i].json;
    }
    out += "]";
    if (links) {
      out += R"(, "prev": )";
      append_json_string(out, address(job, period.previous()));
      out += R"(, "next": )";
      if (complete(period.next()))
        append_json_string(out, address(job, period.next()));
      else
        out += "null";
    }
    out += "}";
  }

  Answer page(ScanJob& job, Unit unit, std::string_view key) const {
    auto filter = filter_of(job);
    if (auto* error = std::get_if<HttpError>(&filter)) return *error;
    auto period = LoggerPeriod::parse(unit, key);
    if (!period.ok()) return validation_error(period.status().message());
    if (!complete(*period)) return not_complete(*period, context_.clock.wall(), grace_);
    auto found = find(job, std::get<LoggerFilter>(filter), unit, period->start, period->end());
    if (!found.ok()) return read_error(found.status(), job);
    std::string body;
    append_page(body, job, *period, (*found)[period->start], true);
    return with_tag(job, std::move(body), period->end());
  }

  // `end`: of what was asked for.
  Answer with_tag(ScanJob& job, std::string body, WallTime end) const {
    // Weak: it is the same page, compressed or not.
    const std::string tag = fmt::format("W/\"{:016x}\"", digest_of(body));
    const bool settled = end + settle_ <= context_.clock.wall();
    const char* caching = settled ? "private, max-age=3600" : "private, max-age=60";
    for (std::string_view known : job.request().headers().all("If-None-Match"))
      if (known == "*" || known.find(tag.substr(2)) != std::string_view::npos) {
        HttpResponse same(304);
        same.header("ETag", tag).header("Cache-Control", caching).header("Vary", "Accept-Encoding");
        return same;
      }
    HttpResponse out = json_answer(job.request(), std::move(body));
    out.header("ETag", tag).header("Cache-Control", caching);
    return out;
  }

  Answer pages_since(ScanJob& job) const {
    auto filter = filter_of(job);
    if (auto* error = std::get_if<HttpError>(&filter)) return *error;
    auto first = LoggerPeriod::parse(Unit::kMinute, job.request().parameter("minute"));
    if (!first.ok()) return validation_error(first.status().message());
    const HttpPairs query = job.request().query();
    std::uint64_t limit = kUsualMinutes;
    if (const std::string* text = find_pair(query, "limit")) {
      const char* last = text->data() + text->size();
      const auto [end, error] = std::from_chars(text->data(), last, limit);
      if (error != std::errc() || end != last || limit == 0 || limit > kMostMinutes)
        return validation_error(fmt::format("\"limit\" must be from 1 to {}", kMostMinutes));
    }
    const WallTime now = context_.clock.wall();
    // The first that is not complete.
    const LoggerPeriod open = LoggerPeriod::of(Unit::kMinute, now - grace_);
    if (first->start >= open.start) return not_complete(*first, now, grace_);
    auto found = minutes(job, std::get<LoggerFilter>(filter), first->start, open.start, limit);
    if (!found.ok()) return read_error(found.status(), job);
    // All minutes before `through` were read.
    LoggerPeriod next = LoggerPeriod::of(Unit::kMinute, found->through);
    std::string body = R"({"pages": [)";
    std::size_t count = 0;
    for (const auto& [start, events] : found->pages) {
      if (count == limit) {
        next = {Unit::kMinute, start};
        break;
      }
      if (count++ > 0) body += ", ";
      append_page(body, job, {Unit::kMinute, start}, events, false);
    }
    body += R"(], "next": )";
    append_json_string(body, next.key());
    body += "}";
    return with_tag(job, std::move(body), next.start);
  }

  struct Minutes {
    Pages pages;
    WallTime through{};
  };
  // The first minutes with events, more than `limit` of them where there are so many, in stretches that
  // the indexes say have some; no further than one answer may reach.
  Result<Minutes> minutes(ScanJob& job, const LoggerFilter& filter, WallTime start, WallTime end,
                          std::uint64_t limit) const {
    Minutes out{{}, end};
    if (filter.by_received) {
      OX_ASSIGN_OR_RETURN(out.pages, find(job, filter, Unit::kMinute, start, end));
      return out;
    }
    OX_ASSIGN_OR_RETURN(StoreReader reader, StoreReader::open(context_, job));
    OX_ASSIGN_OR_RETURN(const SlotCounts slots, reader.count(filter.selection(types_, start, end)));
    std::size_t bytes = 0;
    for (auto slot = slots.begin(); slot != slots.end();) {
      const WallTime from = std::max<WallTime>(start, Seconds(kCountSlotSeconds) * slot->first);
      if (out.pages.size() > limit || bytes > kMostPageBytes / 2) {
        out.through = from;
        break;
      }
      WallTime to = from;
      std::uint64_t events = 0;
      for (std::uint64_t n = 0; slot != slots.end() && events < kEventsAtATime && n <= limit / 15;
           ++slot, ++n) {
        events += slot->second;
        to = std::min<WallTime>(end, Seconds(kCountSlotSeconds) * (slot->first + 1));
      }
      OX_ASSIGN_OR_RETURN(Pages more, find(job, filter, Unit::kMinute, from, to));
      for (const auto& [at, page] : more)
        for (const PageEvent& event : page) bytes += event.json.size();
      out.pages.merge(std::move(more));
    }
    return out;
  }

  Answer one(ScanJob& job) const {
    const std::string id(job.request().parameter("id"));
    const auto time = time_of_logger_id(id);
    if (!time) return http_error(404, "");
    auto reader = StoreReader::open(context_, job);
    if (!reader.ok()) return read_error(reader.status(), job);
    EventSelection wanted;
    wanted.conditions.types = types_;
    wanted.conditions.since = to_seconds(time->time) - kIdTimeSlack;
    wanted.conditions.until = to_seconds(time->time) + kIdTimeSlack;
    wanted.conditions.words.emplace_back(time->word);
    std::string body;
    Status status = reader->for_each(
        wanted, [&](std::string_view, const EventSlices& slices, const LogPlace&) -> Result<bool> {
          if (slices.id.as_text() != id) return true;
          const auto event = LoggerEvent::of(slices);
          if (!event) return true;
          event->append_json(body);
          return false;
        });
    if (!status.ok()) return read_error(status, job);
    if (body.empty()) return http_error(404, "");
    HttpResponse out = json_answer(job.request(), std::move(body));
    out.header("Cache-Control", "private, max-age=3600");
    return out;
  }

  ReadContext& context_;
  const std::vector<TypePattern> types_;
  const Micros grace_;
  const Micros settle_;
};

}  // namespace

void mount_logger_reading(HttpRouter& router, ReadContext& context) {
  auto api = std::make_shared<const LoggerReading>(context);
  using Unit = LoggerPeriod::Unit;
  auto handler = [&](ReadWork work) {
    return reading(context, Api::kEventlog, needs_reader, std::move(work));
  };
  auto periods = [&](Unit unit) {
    return handler(
        [api, unit](ScanJob& job) { api->period(job, unit, job.request().parameter("period")); });
  };
  const std::string base(kEventqry);
  router.mount({.prefix = base, .error = logger_error_response})
      .add("GET", base + "/minute/{period}", periods(Unit::kMinute))
      .add("GET", base + "/hour/{period}", periods(Unit::kHour))
      .add("GET", base + "/day/{period}", periods(Unit::kDay))
      .add("GET", base + "/since/{minute}", handler([api](ScanJob& job) { api->since(job); }))
      .add("GET", base + "/{facility}/{level}/{period}", periods(Unit::kMinute));
  router.mount({.prefix = "/api/v1/eventlog", .error = record_error_response})
      .add("GET", "/api/v1/eventlog/{id}", handler([api](ScanJob& job) { api->single(job); }));
}

}  // namespace ox
