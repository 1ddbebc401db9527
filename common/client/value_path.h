#pragma once
// Changes to an event's body by dotted keys: "response.status" is the key "status" of the map that
// the key "response" holds. Maps on the way are made as needed.
// Error of each: kInvalid, and nothing is changed: the key is empty or has an empty part, or leads
// through something that is no map.
#include <string_view>

#include <oxd/value.h>

#include "common/base/status.h"

namespace ox {

// Replaces what was there.
Status set_path(Value& body, std::string_view key, Value value);
// Adds to the list at `key`, which is made when missing. Also kInvalid: it is not a list.
Status append_path(Value& body, std::string_view key, Value value);
// Adds to the number at `key`, 0 when missing. Integers stay integers while the sum fits 64 bits,
// and become double beyond. Also kInvalid: it, or `value`, is not a number.
Status add_path(Value& body, std::string_view key, const Value& value);

}  // namespace ox
