#include "proto/event_slices.h"

#include <cmath>

#include "proto/raw_pairs.h"

namespace ox {
namespace {

void set_first(RawValue& slot, std::string_view value) {
  if (slot.bytes().empty()) slot = RawValue(value);
}

}  // namespace

std::size_t walk_event(std::string_view bytes, EventSlices& slices) {
  slices = EventSlices();
  return walk_pairs(bytes, [&slices](std::string_view name, std::string_view value) {
    switch (name.size()) {
      case 2:
        if (is_key(name, "id")) set_first(slices.id, value);
        break;
      case 3:
        if (is_key(name, "end")) {
          set_first(slices.end, value);
        } else if (is_key(name, "pid")) {
          set_first(slices.pid, value);
        }
        break;
      case 4:
        if (is_key(name, "type")) {
          set_first(slices.type, value);
        } else if (is_key(name, "host")) {
          set_first(slices.host, value);
        } else if (is_key(name, "body")) {
          set_first(slices.body, value);
        }
        break;
      case 5:
        if (is_key(name, "start")) set_first(slices.start, value);
        break;
      default:
        break;
    }
    return true;
  });
}

EventSlices EventSlices::of(std::string_view event) {
  EventSlices slices;
  walk_event(event, slices);
  return slices;
}

BodySlices BodySlices::of(RawValue body) {
  BodySlices slices;
  if (!body.is_map()) return slices;
  (void)walk_pairs(body.bytes(), [&slices](std::string_view name, std::string_view value) {
    if (name.size() == 5 && is_key(name, "level")) {
      set_first(slices.level, value);
    } else if (name.size() == 4 && is_key(name, "name")) {
      set_first(slices.name, value);
    } else if (name.size() == 7 && is_key(name, "message")) {
      set_first(slices.message, value);
    }
    return true;
  });
  return slices;
}

std::optional<double> level_of(const EventSlices& event) {
  if (!event.body.is_map()) return std::nullopt;
  auto level = event.body.find("level");
  auto number = level ? level->as_number() : std::nullopt;
  if (number && std::isnan(*number)) return std::nullopt;
  return number;
}

}  // namespace ox
