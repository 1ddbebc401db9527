#pragma once
// Which events a request asks for.
#include <functional>
#include <optional>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/store/event_conditions.h"

namespace ox {

struct EventSelection {
  EventConditions conditions;
  // What conditions cannot say, asked of each event that fulfils them; empty: there is no more. Its
  // error ends the request.
  std::function<Result<bool>(std::string_view event, const EventSlices& slices)> test = {};
};

// Makes `conditions` ask for what `more` asks as well. Where each names types, or hosts, those of
// `conditions` stay: `more` is then to be checked exactly by other means.
void narrow(EventConditions& conditions, const EventConditions& more);

// The time of an event to the microsecond, as record APIs tell it; nothing for one without.
std::optional<WallTime> event_time(const EventSlices& event);

}  // namespace ox
