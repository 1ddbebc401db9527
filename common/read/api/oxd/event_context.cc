#include "common/read/api/oxd/event_context.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/read/api/oxd/event_filter_parameters.h"
#include "common/read/api/oxd/query_values.h"
#include "common/read/api/read_handler.h"
#include "common/read/event_by_id.h"
#include "common/read/event_json.h"
#include "common/read/event_neighbours.h"

namespace ox {
namespace {

constexpr std::uint64_t kUsualNeighbours = 10;
constexpr std::uint64_t kMostNeighbours = 1000;
constexpr std::uint64_t kLastOffset = UINT64_MAX;
constexpr auto kSelecting =
    std::to_array<std::string_view>({"type", "host", "since", "until", "level", "where"});

// Which event is meant.
struct MeantEvent {
  std::optional<std::string> id;
  std::optional<LogPlace> place;
};

std::variant<MeantEvent, HttpError> read_meant_event(const HttpPairs& query) {
  MeantEvent out;
  const std::string* file = text_of(query, "file");
  const std::string* offset = text_of(query, "offset");
  if (const std::string* id = text_of(query, "id")) out.id = *id;
  if ((file == nullptr) != (offset == nullptr))
    return invalid_parameter("file, offset: one goes only with the other");
  if (file != nullptr) {
    auto number = number_of(query, "offset", 0, 0, kLastOffset);
    if (auto* error = std::get_if<HttpError>(&number)) return std::move(*error);
    out.place = LogPlace{*file, std::get<std::uint64_t>(number)};
  }
  if (!out.id && !out.place) return invalid_parameter("id: is missing, and so are file and offset");
  return out;
}

HttpError no_event(const MeantEvent& meant) {
  std::string message = "There is no event";
  if (meant.place) message += " that begins at this place";
  if (meant.id) message += meant.place ? " and has this id" : " with this id";
  return {.status = 404, .message = message + ", or it is gone"};
}

// Nothing: there is no such event.
Result<std::optional<EventNeighbours>> find_neighbours(StoreReader& reader, const MeantEvent& meant,
                                                       const EventSelection* around,
                                                       NeighbourCounts counts) {
  std::optional<PlacedEvent> known;
  if (!meant.place) {
    OX_ASSIGN_OR_RETURN(known, event_by_id(reader, {}, *meant.id, IdKind::kAny));
    if (!known) return std::optional<EventNeighbours>();
  }
  std::optional<EventNeighbours> out;
  if (!known || around == nullptr) {
    const LogPlace& place = known ? known->place : *meant.place;
    OX_ASSIGN_OR_RETURN(
        out, neighbours_in_file(reader, place, around == nullptr ? counts : NeighbourCounts(),
                                meant.id));
    if (!out) return out;
    if (around == nullptr) return out;
    known = std::move(out->event);
  }
  OX_ASSIGN_OR_RETURN(out, neighbours_in_time(reader, std::move(*known), *around, counts));
  return out;
}

void append_list(std::string& out, const std::vector<PlacedEvent>& events) {
  out += '[';
  const std::size_t begin = out.size();
  for (const PlacedEvent& event : events) {
    const std::size_t size = out.size();
    if (size > begin) out += ", ";
    if (!append_event_json(out, event.bytes, &event.place)) out.resize(size);
  }
  out += ']';
}

}  // namespace

OxdAnswer event_context(ScanJob& job, StoreReader& reader, const EventSelection& wanted) {
  const HttpPairs query = job.request().query();
  auto meant = read_meant_event(query);
  if (auto* error = std::get_if<HttpError>(&meant)) return std::move(*error);
  auto before = number_of(query, "before", kUsualNeighbours, 0, kMostNeighbours);
  if (auto* error = std::get_if<HttpError>(&before)) return std::move(*error);
  auto after = number_of(query, "after", kUsualNeighbours, 0, kMostNeighbours);
  if (auto* error = std::get_if<HttpError>(&after)) return std::move(*error);
  const bool in_time =
      std::any_of(kSelecting.begin(), kSelecting.end(),
                  [&](std::string_view name) { return text_of(query, name) != nullptr; });
  const NeighbourCounts counts{static_cast<std::size_t>(std::get<std::uint64_t>(before)),
                               static_cast<std::size_t>(std::get<std::uint64_t>(after))};
  const MeantEvent& event = std::get<MeantEvent>(meant);
  auto found = find_neighbours(reader, event, in_time ? &wanted : nullptr, counts);
  if (!found.ok()) return read_error(found.status(), job);
  std::string body = R"({"event": )";
  if (!*found || !append_event_json(body, (*found)->event.bytes, &(*found)->event.place))
    return no_event(event);
  body += R"(, "before": )";
  append_list(body, (*found)->before);
  body += R"(, "after": )";
  append_list(body, (*found)->after);
  return json_answer(job.request(), body + "}");
}

}  // namespace ox
