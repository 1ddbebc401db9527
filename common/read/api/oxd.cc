#include "common/read/api/oxd.h"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "common/read/api/oxd/event_context.h"
#include "common/read/api/oxd/event_fields.h"
#include "common/read/api/oxd/event_filter_parameters.h"
#include "common/read/api/oxd/nodes.h"
#include "common/read/api/oxd/openapi.h"
#include "common/read/api/oxd/oxd_answer.h"
#include "common/read/api/oxd/query_values.h"
#include "common/read/api/oxd/streamed_events.h"
#include "common/read/api/oxd/tail.h"
#include "common/read/api/oxd/value_counts.h"
#include "common/read/api/read_handler.h"
#include "common/read/event_json.h"
#include "common/read/newest_events.h"
#include "common/read/store_reader.h"
#include "common/read/timeline.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::string_view kOxdPath = "/api/v1/oxd";
constexpr std::uint64_t kUsualEvents = 100;
// More than these are streamed.
constexpr std::uint64_t kMostAtOnce = 10'000;
constexpr std::uint64_t kMostEvents = std::uint64_t{1} << 48;
constexpr std::uint64_t kFurthestEvent = std::uint64_t{1} << 48;
constexpr std::uint64_t kUsualValues = 20;
constexpr std::uint64_t kMostValues = 1000;

Roles oxd_roles(const HttpRequest& request) {
  Roles out = needs_reader(request);
  if (text_of(request.query(), "where") != nullptr) out.add(Role::kQueryReader);
  return out;
}

void append_values(std::string& out, const ValueCounts& counts, std::uint64_t limit) {
  out += R"({"values": [)";
  bool first = true;
  for (const auto& [value, count] : counts.top(static_cast<std::size_t>(limit))) {
    if (!std::exchange(first, false)) out += ", ";
    out += R"({"value": )";
    append_json_string(out, value);
    fmt::format_to(std::back_inserter(out), R"(, "count": {}}})", count);
  }
  fmt::format_to(std::back_inserter(out), R"(], "distinct": {}, "others": {}}})", counts.distinct(),
                 counts.others());
}

OxdAnswer newest(ScanJob& job, StoreReader& reader, const EventSelection& wanted) {
  const HttpPairs query = job.request().query();
  auto limit_or = number_of(query, "limit", kUsualEvents, 1, kMostEvents);
  if (auto* error = std::get_if<HttpError>(&limit_or)) return std::move(*error);
  auto offset_or = number_of(query, "offset", 0, 0, kFurthestEvent);
  if (auto* error = std::get_if<HttpError>(&offset_or)) return std::move(*error);
  auto places_or = flag_of(query, "places");
  if (auto* error = std::get_if<HttpError>(&places_or)) return std::move(*error);
  const std::uint64_t limit = std::get<std::uint64_t>(limit_or);
  const std::uint64_t offset = std::get<std::uint64_t>(offset_or);
  const bool places = std::get<bool>(places_or);
  if (limit > kMostAtOnce) {
    stream_newest_events(job, reader, wanted, {offset, offset + limit - 1}, places);
    return std::monostate();
  }
  auto events = newest_events(reader, wanted, {offset, offset + limit - 1});
  if (!events.ok()) return read_error(events.status(), job);
  std::string body;
  for (const PlacedEvent& event : *events)
    if (append_event_json(body, event.bytes, places ? &event.place : nullptr)) body.push_back('\n');
  return ndjson_answer(job.request(), std::move(body));
}

OxdAnswer hits(ScanJob& job, StoreReader& reader, const EventSelection& wanted) {
  const HttpPairs query = job.request().query();
  const std::string* group_text = find_pair(query, "group");
  const std::string group = group_text == nullptr ? "hour" : *group_text;
  const auto timeline_group = parse_timeline_group(group);
  if (!timeline_group && group != "quarter")
    return invalid_parameter("group: must be quarter, hour or day");
  const std::string* zone_text = find_pair(query, "timezone");
  auto zone = TimeZone::find(zone_text == nullptr ? "UTC" : *zone_text);
  if (!zone.ok()) return invalid_parameter(zone.status().at("timezone").message());
  auto counts = reader.count(wanted);
  if (!counts.ok()) return read_error(counts.status(), job);
  Timeline buckets;
  if (timeline_group) {
    buckets = timeline_of(*counts, *zone, *timeline_group);
  } else {
    for (const auto& [slot, count] : *counts)
      buckets.emplace_back(Seconds(std::int64_t{slot} * kCountSlotSeconds), count);
  }
  std::uint64_t total = 0;
  std::string list;
  for (const auto& [start, count] : buckets) {
    total += count;
    fmt::format_to(std::back_inserter(list), R"({}{{"start": {}, "count": {}}})",
                   list.empty() ? "" : ", ", start.count(), count);
  }
  return json_answer(
      job.request(),
      fmt::format(R"({{"group": "{}", "total": {}, "buckets": [{}]}})", group, total, list));
}

OxdAnswer facets(ScanJob& job, StoreReader& reader, const EventSelection& wanted) {
  auto limit = number_of(job.request().query(), "limit", kUsualValues, 1, kMostValues);
  if (auto* error = std::get_if<HttpError>(&limit)) return std::move(*error);
  ValueCounts types, hosts, levels, names;
  Status status = reader.for_each(
      wanted, [&](std::string_view, const EventSlices& slices, const LogPlace&) -> Result<bool> {
        const BodySlices body = BodySlices::of(slices.body);
        const std::pair<RawValue, ValueCounts*> all[] = {{slices.type, &types},
                                                         {slices.host, &hosts},
                                                         {body.level, &levels},
                                                         {body.name, &names}};
        for (const auto& [value, counts] : all)
          if (value.valid()) counts->add(value_text(value));
        return true;
      });
  if (!status.ok()) return read_error(status, job);
  std::string out = R"({"type": )";
  append_values(out, types, std::get<std::uint64_t>(limit));
  out += R"(, "host": )";
  append_values(out, hosts, std::get<std::uint64_t>(limit));
  out += R"(, "body.level": )";
  append_values(out, levels, std::get<std::uint64_t>(limit));
  out += R"(, "body.name": )";
  append_values(out, names, std::get<std::uint64_t>(limit));
  return json_answer(job.request(), out + "}");
}

OxdAnswer field_names(ScanJob& job, StoreReader& reader, const EventSelection& wanted) {
  auto limit = number_of(job.request().query(), "limit", kUsualValues, 1, kMostValues);
  if (auto* error = std::get_if<HttpError>(&limit)) return std::move(*error);
  ValueCounts counts;
  Status status = reader.for_each(
      wanted, [&](std::string_view, const EventSlices& slices, const LogPlace&) -> Result<bool> {
        for_each_field(slices, [&](std::string_view name, RawValue) { counts.add(name); });
        return true;
      });
  if (!status.ok()) return read_error(status, job);
  std::string out;
  append_values(out, counts, std::get<std::uint64_t>(limit));
  return json_answer(job.request(), std::move(out));
}

OxdAnswer field_values(ScanJob& job, StoreReader& reader, const EventSelection& wanted) {
  const HttpPairs query = job.request().query();
  auto limit = number_of(query, "limit", kUsualValues, 1, kMostValues);
  if (auto* error = std::get_if<HttpError>(&limit)) return std::move(*error);
  const std::string* field = text_of(query, "field");
  if (field == nullptr) return invalid_parameter("field: is missing");
  ValueCounts counts;
  Status status = reader.for_each(
      wanted, [&](std::string_view, const EventSlices& slices, const LogPlace&) -> Result<bool> {
        if (auto text = field_text(slices, *field)) counts.add(*text);
        return true;
      });
  if (!status.ok()) return read_error(status, job);
  std::string out;
  append_values(out, counts, std::get<std::uint64_t>(limit));
  return json_answer(job.request(), std::move(out));
}

}  // namespace

void mount_oxd_reading(HttpRouter& router, ReadContext& context) {
  using Find = OxdAnswer (*)(ScanJob&, StoreReader&, const EventSelection&);
  auto handler = [&context](Find find) {
    return reading(context, Api::kOther, oxd_roles, [&context, find](ScanJob& job) {
      auto filter = read_event_filter(job.request().query(), job);
      if (auto* error = std::get_if<HttpError>(&filter))
        return (void)job.reply().send_error(*error);
      auto reader = StoreReader::open(context, job);
      if (!reader.ok()) return (void)job.reply().send_error(read_error(reader.status(), job));
      OxdAnswer found = find(job, *reader, std::get<EventSelection>(filter));
      if (auto* error = std::get_if<HttpError>(&found)) return (void)job.reply().send_error(*error);
      if (std::holds_alternative<std::monostate>(found)) return;
      HttpResponse& answer = std::get<HttpResponse>(found);
      answer.header("Cache-Control", "no-cache");
      job.reply().send(std::move(answer));
    });
  };
  const std::string base(kOxdPath);
  HttpRouter::Mount& mount = router.mount({.prefix = base});
  if (context.tails != nullptr) mount.add("GET", base + "/tail", tail_handler(context, oxd_roles));
  mount.add("GET", base + "/nodes", nodes_handler(context));
  mount.add("GET", base + "/query", handler(newest))
      .add("GET", base + "/context", handler(event_context))
      .add("GET", base + "/hits", handler(hits))
      .add("GET", base + "/facets", handler(facets))
      .add("GET", base + "/field_names", handler(field_names))
      .add("GET", base + "/field_values", handler(field_values));
  router.mount().add("GET", "/openapi.json", [](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse::json(200, std::string(oxd_openapi())));
    return nullptr;
  });
}

}  // namespace ox
