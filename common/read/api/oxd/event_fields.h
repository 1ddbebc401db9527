#pragma once
// The fields of an event by their names: "id", "type", "host", "pid", "start", "end", and what is in its
// body, "body.user" and "body.http.status".
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "proto/event_slices.h"

namespace ox {

// Maps within the body are looked into, this deep; lists are one value.
inline constexpr int kFieldDepth = 8;

// Calls `each` with the name and the value of every field that is no map. The views are good for the call.
void for_each_field(const EventSlices& event,
                    const std::function<void(std::string_view name, RawValue value)>& each);

// The value of a field as text: text as it is, anything else as JSON. Nothing when there is none.
std::optional<std::string> field_text(const EventSlices& event, std::string_view name);
std::string value_text(RawValue value);

}  // namespace ox
