#include "common/ingest/model/log_document.h"

#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>

#include "common/ingest/model/level.h"
#include "common/ingest/model/plain_record.h"
#include "common/ingest/model/timestamp.h"
#include "proto/batch.h"

namespace ox {
namespace {

// The value at a key, or, behind a dot, at one within its map.
std::optional<RawValue> find_path(RawValue document, std::string_view path) {
  const std::size_t dot = path.find('.');
  auto value = document.find(path.substr(0, dot));
  if (!value || dot == std::string_view::npos) return value;
  return value->find(path.substr(dot + 1));
}

// The first text at one of the keys that is not empty; "" for none.
std::string_view first_text(RawValue document, std::initializer_list<std::string_view> paths) {
  for (std::string_view path : paths) {
    auto value = find_path(document, path);
    if (auto text = value ? value->as_text() : std::nullopt; text && !text->empty()) return *text;
  }
  return {};
}

void find_level(RawValue document, ForeignEvent& event) {
  auto take = [&](std::string_view path, LevelScale scale) {
    auto value = find_path(document, path);
    auto level = value ? level_from(*value, scale) : std::nullopt;
    if (level) event.set_level(*level, *value);
    return level.has_value();
  };
  (void)(take("@fields.level", LevelScale::kPython) || take("priority", LevelScale::kSyslog));
}

}  // namespace

void fill_log_document(RawValue document, ForeignEvent& event) {
  const std::string_view host = event.host;
  const double end = event.end;
  event.end = std::numeric_limits<double>::quiet_NaN();
  fill_plain_event(document, event);
  if (std::isnan(event.end)) {
    event.end = end;
    if (auto value = document.find("timereported"))
      if (auto time = timestamp_from(*value); time.ok()) event.end = time->seconds;
  }
  if (event.host.data() == host.data()) {
    std::string_view found = first_text(document, {"logsource", "fromhost", "@source_host"});
    if (!found.empty() && found.size() <= kMaxNameBytes) event.host = found;
  }
  if (!event.message)
    if (auto text = document.find("@message")) event.message = text->as_text();
  if (!event.name) {
    std::string_view found = first_text(
        document, {"extra.logger_name", "@fields.logger", "program", "programname", "syslogtag"});
    if (!found.empty()) event.name = found;
  }
  if (!event.level()) find_level(document, event);
}

std::string_view log_document_type(RawValue document) {
  return first_text(document, {"type", "@type"});
}

}  // namespace ox
