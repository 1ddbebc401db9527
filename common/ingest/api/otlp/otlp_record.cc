#include "common/ingest/api/otlp/otlp_record.h"

#include <optional>

#include "common/ingest/model/level.h"

namespace ox {
namespace {

std::optional<RawValue> otlp_attribute(RawValue owner, std::string_view key) {
  auto attributes = owner.find("attributes");
  return attributes ? attributes->find(key) : std::nullopt;
}

// Nanoseconds; 0 is "not known".
std::optional<double> otlp_time(RawValue record, std::string_view key) {
  auto value = record.find(key);
  auto nanos = value ? value->as_uint() : std::nullopt;
  if (!nanos || *nanos == 0) return std::nullopt;
  return to_seconds(Micros(static_cast<std::int64_t>(*nanos / 1000)));
}

void fill_otlp_level(RawValue record, ForeignEvent& event) {
  auto text = record.find("severity_text");
  auto number = record.find("severity_number");
  std::optional<int> level;
  if (number && number->as_int()) level = level_from_number(*number->as_int(), LevelScale::kOtlp);
  if (!level && text && text->as_text()) level = level_from_name(*text->as_text());
  if (!level) return;
  event.set_level(*level, text ? text->as_text().value_or("") : "");
}

}  // namespace

void fill_otlp_event(const OtlpRecord& in, WallTime now, ForeignEvent& event) {
  auto end = otlp_time(in.record, "time_unix_nano");
  if (!end) end = otlp_time(in.record, "observed_time_unix_nano");
  event.end = end.value_or(to_seconds(now));
  if (auto host = otlp_attribute(in.resource, "host.name");
      host && !host->as_text().value_or("").empty())
    event.host = *host->as_text();
  if (auto pid = otlp_attribute(in.resource, "process.pid")) event.pid = pid->as_uint();
  if (auto name = in.scope.find("name"); name && !name->as_text().value_or("").empty())
    event.name = name->as_text();
  fill_otlp_level(in.record, event);
  for (const RawMap::Entry& entry : RawMap(in.record)) {
    if (entry.name == "body" && !event.message && entry.value.as_text()) {
      event.message = entry.value.as_text();
    } else {
      event.add(entry);
    }
  }
  if (in.scope.size() > 0) event.add("scope", in.scope);
  if (in.resource.size() > 0) event.add("resource", in.resource);
}

}  // namespace ox
