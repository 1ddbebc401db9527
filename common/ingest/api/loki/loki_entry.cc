#include "common/ingest/api/loki/loki_entry.h"

#include <algorithm>
#include <initializer_list>

#include "common/base/ascii.h"
#include "common/ingest/model/level.h"

namespace ox {
namespace {

constexpr std::string_view kServiceLabel = "service_name";
constexpr std::string_view kJobLabel = "job";

// Text that is not empty.
std::string_view loki_label(RawValue map, std::string_view name) {
  auto value = map.find(name);
  return value ? value->as_text().value_or("") : std::string_view();
}

// "web-1:9100" is Prometheus' way to name what runs on web-1.
std::string_view without_port(std::string_view instance) {
  const std::size_t colon = instance.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == instance.size())
    return instance;
  const std::string_view port = instance.substr(colon + 1);
  // More colons, and no brackets: an IPv6 address without a port.
  if (instance.substr(0, colon).find(':') != std::string_view::npos && instance[colon - 1] != ']')
    return instance;
  return std::all_of(port.begin(), port.end(), is_digit) ? instance.substr(0, colon) : instance;
}

std::string_view host_of(RawValue labels) {
  for (std::string_view name : {"host", "hostname"})
    if (auto host = loki_label(labels, name); !host.empty()) return host;
  return without_port(loki_label(labels, "instance"));
}

void fill_loki_level(const LokiEntry& entry, ForeignEvent& event) {
  // What the sender says goes before what Loki would have found out.
  for (std::string_view name : {"level", "detected_level"}) {
    for (RawValue map : {entry.metadata, entry.labels}) {
      const std::string_view word = loki_label(map, name);
      if (auto level = level_from_name(word)) return event.set_level(*level, word);
    }
  }
}

}  // namespace

void fill_loki_event(const LokiEntry& entry, std::string_view tenant, WallTime now,
                     ForeignEvent& event) {
  event.end = entry.nanos ? to_seconds(Micros(*entry.nanos / 1000)) : to_seconds(now);
  if (auto host = host_of(entry.labels); !host.empty()) event.host = host;
  std::string_view name = loki_label(entry.labels, kServiceLabel);
  if (name.empty()) name = loki_label(entry.labels, kJobLabel);
  if (!name.empty()) event.name = name;
  fill_loki_level(entry, event);
  event.message = entry.line;
  if (!entry.sent_time.empty()) {
    event.add_text("timestamp", entry.sent_time);
  } else if (entry.nanos) {
    event.add_int("timestamp", *entry.nanos);
  }
  if (entry.labels.is_map()) event.add("labels", entry.labels);
  if (entry.metadata.size() > 0) event.add("structured_metadata", entry.metadata);
  if (entry.extra.size() > 0) event.add("extra", entry.extra);
  if (!tenant.empty()) event.add_text("tenant", tenant);
}

const TypeTemplate& loki_type(RawValue labels) {
  static const TypeTemplate of_service = *TypeTemplate::parse("{source}.{labels.service_name|}");
  static const TypeTemplate of_job = *TypeTemplate::parse("{source}.{labels.job|}");
  return loki_label(labels, kServiceLabel).empty() ? of_job : of_service;
}

}  // namespace ox
