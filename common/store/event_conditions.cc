#include "common/store/event_conditions.h"

#include <algorithm>

namespace ox {

bool EventConditions::type_fits(std::string_view type) const {
  if (types.empty()) return true;
  return std::any_of(types.begin(), types.end(),
                     [&](const TypePattern& pattern) { return pattern.matches(type); });
}

bool EventConditions::fits_but_type(const EventSlices& event) const {
  if (has_time()) {
    auto end = event.end.as_number();
    if (!end || !end_fits(*end)) return false;
  }
  if (!hosts.empty()) {
    auto host = event.host.as_text();
    if (!host || std::find(hosts.begin(), hosts.end(), *host) == hosts.end()) return false;
  }
  return !min_level || level_of(event).value_or(0) >= *min_level;
}

bool EventConditions::fits(const EventSlices& event, std::string_view file_type) const {
  if (!types.empty() && !type_fits(event.type.as_text().value_or(file_type))) return false;
  return fits_but_type(event);
}

}  // namespace ox
