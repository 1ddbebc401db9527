#include "common/read/api/chronologer.h"

#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "common/ingest/api/chronologer/record_error.h"
#include "common/query/log_record.h"
#include "common/read/api/chronologer/record_filter.h"
#include "common/read/api/read_handler.h"
#include "common/read/event_by_id.h"
#include "common/read/newest_events.h"
#include "common/read/store_reader.h"
#include "common/read/timeline.h"

namespace ox {
namespace {

constexpr std::string_view kRecordsPath = "/api/v1/record";
constexpr std::string_view kOneRecordPath = "/api/v1/record/{id}";
constexpr const char* kCorsOrigin = "CHRONOLOGER_CORS_ORIGIN";
// Further than anybody has records: so that sums cannot overflow.
constexpr std::uint64_t kFurthestRecord = std::uint64_t{1} << 48;

Roles needed_roles(const HttpRequest& request) {
  Roles out = needs_reader(request);
  const HttpPairs query = request.query();
  const std::string* expression = find_pair(query, "query");
  if (expression != nullptr && !expression->empty()) out.add(Role::kQueryReader);
  return out;
}

// A record's place in the order; nothing for what is no such number.
std::optional<std::uint64_t> parse_place(const HttpPairs& query, std::string_view name) {
  const std::string* text = find_pair(query, name);
  if (text == nullptr) return std::nullopt;
  std::uint64_t out = 0;
  const char* last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, out);
  if (error != std::errc() || end != last || out > kFurthestRecord) return std::nullopt;
  return out;
}

class RecordReading {
 public:
  explicit RecordReading(ReadContext& context)
      : context_(context),
        types_(context.types_of("chronologer")),
        origin_(context.setting(kCorsOrigin)) {}

  // What CORS needs on every answer, errors too.
  HttpResponse& with_origin(HttpResponse& response) const {
    if (!origin_.empty()) {
      response.header("Access-Control-Allow-Origin", origin_);
      response.header("Access-Control-Expose-Headers", "X-Record-Count, X-Record-Group");
    }
    return response;
  }
  bool has_origin() const { return !origin_.empty(); }

  void head(ScanJob& job) const { answer(job, &RecordReading::count); }
  void range(ScanJob& job) const { answer(job, &RecordReading::page); }
  void single(ScanJob& job) const { answer(job, &RecordReading::one); }

 private:
  using Answer = std::variant<HttpResponse, HttpError>;

  void answer(ScanJob& job,
              Answer (RecordReading::*find)(ScanJob&, StoreReader&, EventSelection) const) const {
    const HttpPairs query = job.request().query();
    auto filter = read_record_filter(query, types_, job);
    if (auto* error = std::get_if<HttpError>(&filter)) {
      job.reply().send_error(*error);
      return;
    }
    auto reader = StoreReader::open(context_, job);
    if (!reader.ok()) {
      job.reply().send_error(read_error(reader.status(), job));
      return;
    }
    Answer found = (this->*find)(job, *reader, std::move(std::get<EventSelection>(filter)));
    if (auto* error = std::get_if<HttpError>(&found))
      job.reply().send_error(*error);
    else
      job.reply().send(std::move(with_origin(std::get<HttpResponse>(found))));
  }

  Answer count(ScanJob& job, StoreReader& reader, EventSelection wanted) const {
    const HttpPairs query = job.request().query();
    const std::string* group_name = find_pair(query, "group");
    const std::string* zone_name = find_pair(query, "timezone");
    std::optional<TimelineGroup> group;
    std::optional<TimeZone> zone;
    if (group_name != nullptr) {
      group = parse_timeline_group(*group_name);
      if (!group)
        return value_error(fmt::format("\"group\" must be day or hour: '{}'", *group_name));
      if (zone_name == nullptr) return value_error("\"timezone\" is missing");
      auto found = TimeZone::find(*zone_name);
      if (found.status().code() == Code::kUnavailable)
        return http_error(500, found.status().message());
      if (!found.ok()) return value_error(found.status().message());
      zone = *found;
    }
    auto counts = reader.count(wanted);
    if (!counts.ok()) return record_read_error(counts.status(), job);
    HttpResponse out(200);
    out.header("Cache-Control", "no-cache");
    std::string groups;
    std::string numbers;
    if (group) {
      for (const auto& [start, number] : timeline_of(*counts, *zone, *group)) {
        groups += fmt::format("{}{}", groups.empty() ? "" : ",", start.count());
        numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", number);
      }
      out.header("X-Record-Group", groups);
    } else {
      std::uint64_t total = 0;
      for (const auto& [slot, number] : *counts) total += number;
      numbers = std::to_string(total);
    }
    out.header("X-Record-Count", numbers);
    return out;
  }

  Answer page(ScanJob& job, StoreReader& reader, EventSelection wanted) const {
    const HttpPairs query = job.request().query();
    const auto left = parse_place(query, "left");
    const auto right = parse_place(query, "right");
    if (!left || !right)
      return value_error(
          fmt::format("\"{}\" must be an integer from 0 on", left ? "right" : "left"));
    auto events = newest_events(reader, wanted, {*left, *right});
    if (!events.ok()) return record_read_error(events.status(), job);
    std::string body = "[";
    for (const PlacedEvent& event : *events) {
      if (body.size() > 1) body += ", ";
      StoredRecord::of(EventSlices::of(event.bytes)).append_json(body);
    }
    body += "]";
    HttpResponse out = json_answer(job.request(), std::move(body));
    out.header("Cache-Control", "no-cache");
    return out;
  }

  Answer one(ScanJob& job, StoreReader& reader, EventSelection wanted) const {
    auto found =
        event_by_id(reader, std::move(wanted), job.request().parameter("id"), IdKind::kRecord);
    if (!found.ok()) return record_read_error(found.status(), job);
    if (!*found) return http_error(404, "");
    std::string body;
    StoredRecord::of(EventSlices::of((*found)->bytes)).append_json(body);
    HttpResponse out = json_answer(job.request(), std::move(body));
    out.header("Cache-Control", "max-age=2600000");
    return out;
  }

  static HttpError record_read_error(const Status& status, const ScanJob& job) {
    // What a test of an event complains of is the query's fault.
    if (status.code() == Code::kInvalid)
      return {.status = 400, .message = std::string(kQueryComplaint), .type = "StorageQueryError"};
    return read_error(status, job);
  }

  ReadContext& context_;
  const std::vector<TypePattern> types_;
  const std::string origin_;
};

}  // namespace

void mount_chronologer_reading(HttpRouter& router, ReadContext& context) {
  auto api = std::make_shared<const RecordReading>(context);
  auto handler = [&](void (RecordReading::*work)(ScanJob&) const) {
    return reading(context, Api::kRecord, needed_roles,
                   [api, work](ScanJob& job) { ((*api).*work)(job); });
  };
  HttpRouter::Mount& mount =
      router.mount({.prefix = std::string(kRecordsPath),
                    .error = [api](const HttpError& error, const HttpRequest* request) {
                      HttpResponse out = record_error_response(error, request);
                      return std::move(api->with_origin(out));
                    }});
  mount.add("GET", kRecordsPath, handler(&RecordReading::range))
      .add("HEAD", kRecordsPath, handler(&RecordReading::head))
      .add("GET, HEAD", kOneRecordPath, handler(&RecordReading::single));
  if (!api->has_origin()) return;
  for (std::string_view path : {kRecordsPath, kOneRecordPath})
    mount.add("OPTIONS", path, [api](const HttpRequest&, HttpReply reply) {
      HttpResponse out(204);
      out.header("Access-Control-Allow-Methods", "GET, HEAD, POST")
          .header("Access-Control-Allow-Headers", "Authorization, Content-Type")
          .header("Access-Control-Max-Age", "86400");
      reply.send(std::move(api->with_origin(out)));
      return nullptr;
    });
}

}  // namespace ox
