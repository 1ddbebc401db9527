#include "common/read/api/oxd/event_filter_parameters.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/timestamp.h"
#include "common/read/query_test.h"

namespace ox {
namespace {

std::vector<std::string> elements_of(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view one = trimmed(list.substr(0, comma));
    if (!one.empty()) out.emplace_back(one);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

std::optional<int> level_of_text(std::string_view text) {
  text = trimmed(text);
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size()) return out;
  return level_from_name(text);
}

}  // namespace

HttpError invalid_parameter(std::string message) {
  return {.status = 400, .message = std::move(message), .type = "invalid_parameter"};
}

std::variant<EventConditions, HttpError> read_event_conditions(const HttpPairs& query) {
  EventConditions out;
  if (const std::string* text = find_pair(query, "type")) {
    for (const std::string& one : elements_of(*text)) {
      auto pattern = TypePattern::parse(one);
      if (!pattern.ok()) return invalid_parameter(pattern.status().at("type").message());
      out.types.push_back(std::move(*pattern));
    }
  }
  if (const std::string* text = find_pair(query, "host")) out.hosts = elements_of(*text);
  for (const char* name : {"since", "until"}) {
    const std::string* text = find_pair(query, name);
    if (text == nullptr || text->empty()) continue;
    auto time = parse_timestamp(*text);
    if (!time.ok()) return invalid_parameter(time.status().at(name).message());
    (*name == 's' ? out.since : out.until) = to_seconds(time->at);
  }
  if (const std::string* text = find_pair(query, "level"); text != nullptr && !text->empty()) {
    out.min_level = level_of_text(*text);
    if (!out.min_level)
      return invalid_parameter(
          fmt::format("level: '{}' is neither a number nor a name", text->substr(0, 64)));
  }
  return out;
}

std::variant<EventSelection, HttpError> read_event_filter(const HttpPairs& query,
                                                          const ScanJob& job) {
  auto conditions = read_event_conditions(query);
  if (auto* error = std::get_if<HttpError>(&conditions)) return std::move(*error);
  EventSelection out{std::move(std::get<EventConditions>(conditions))};
  const std::string* where = find_pair(query, "where");
  if (where == nullptr || where->empty()) return out;
  if (Status status = add_query(out, *where, job); !status.ok())
    return invalid_parameter(status.at("where").message());
  return out;
}

}  // namespace ox
