#include "common/read/api/logger/logger_filter.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/ingest/api/logger/eventlog_entry.h"
#include "common/ingest/model/level.h"

namespace ox {
namespace {

constexpr std::string_view kAll = "*";

void add_facilities(std::string_view list, std::vector<std::string>& out) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view one = trimmed(list.substr(0, comma));
    if (!one.empty()) out.emplace_back(one);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

}  // namespace

std::variant<LoggerFilter, HttpError> LoggerFilter::read(const HttpPairs& query,
                                                         std::string_view facility,
                                                         std::string_view level) {
  LoggerFilter out;
  auto value = [&](std::string_view name) {
    const std::string* text = find_pair(query, name);
    return text == nullptr ? std::string_view() : std::string_view(*text);
  };
  if (facility.empty())
    add_facilities(value("facility"), out.facilities);
  else if (facility != kAll)
    out.facilities.emplace_back(facility);
  const std::string_view word = level.empty() ? value("level") : level;
  if (!word.empty() && word != kAll) {
    out.min_level = level_from_name(word);
    if (!out.min_level)
      return validation_error(
          fmt::format("\"level\" is none of emerg, alert, crit, error, warn, "
                      "notice, info, debug: \"{}\"",
                      word.substr(0, 64)));
  }
  out.event = value("event");
  const std::string_view by = value("by");
  out.by_received = by == "received";
  if (!by.empty() && by != "received" && by != "timestamp")
    return validation_error("\"by\" must be timestamp or received");
  const std::string_view order = value("order");
  out.descending = order == "desc";
  if (!order.empty() && order != "desc" && order != "asc")
    return validation_error("\"order\" must be asc or desc");
  return out;
}

EventSelection LoggerFilter::selection(const std::vector<TypePattern>& types, WallTime start,
                                       WallTime end) const {
  EventSelection out;
  out.conditions.types = types;
  out.conditions.min_level = min_level;
  if (!by_received) {
    out.conditions.since = to_seconds(start);
    out.conditions.until = to_seconds(end);
    out.conditions.until_exclusive = true;
  }
  return out;
}

bool LoggerFilter::matches(const LoggerEvent& each) const {
  if (!facilities.empty() &&
      std::find(facilities.begin(), facilities.end(), each.facility) == facilities.end())
    return false;
  return event.empty() || event == each.event;
}

}  // namespace ox
