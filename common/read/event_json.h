#pragma once
#include <string>
#include <string_view>

#include "common/store/log_place.h"

namespace ox {

// Appends an event as JSON, on one line. With `place` it has one key more, behind its own:
// "place": {"file", "offset"}. False, and nothing is appended: it is stored as it came, and is no
// MessagePack; or it is to have a place, and is no map.
bool append_event_json(std::string& out, std::string_view event, const LogPlace* place = nullptr);

}  // namespace ox
