#pragma once
// Which of a period's events are asked for: facility, level, event, by and order.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/http_response.h"
#include "common/http/url.h"
#include "common/read/api/logger/logger_event.h"
#include "common/read/api/logger/period.h"
#include "common/read/event_selection.h"

namespace ox {

struct LoggerFilter {
  std::vector<std::string> facilities;  // any of them; empty: all
  std::optional<int> min_level;
  std::string event;  // "": any
  bool by_received = false;
  bool descending = false;

  // Of a request's query, and of the path's {facility} and {level} where "*" is all and "" is not
  // given. Or the error to answer (400).
  static std::variant<LoggerFilter, HttpError> read(const HttpPairs& query,
                                                    std::string_view facility,
                                                    std::string_view level);

  // Events of `types` from `start` on and before `end`. What only the event itself tells is left to
  // matches().
  EventSelection selection(const std::vector<TypePattern>& types, WallTime start,
                           WallTime end) const;
  bool matches(const LoggerEvent& event) const;
  // What the period is chosen by; nothing for an event that does not have it.
  std::optional<WallTime> time_of(const LoggerEvent& each) const {
    return by_received ? each.received : std::optional(each.time);
  }
};

}  // namespace ox
