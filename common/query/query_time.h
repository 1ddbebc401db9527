#pragma once
// Points in time as they stand in queries.
#include <cstdint>
#include <optional>
#include <string_view>

namespace ox {

// Microseconds since 1970 of "2017-07-14", "2017-07-14 02:40", "2017-07-14T02:40:00.25Z",
// "... +02:00" (also +0200, +02); seconds, fraction and offset may be missing, and no offset is UTC.
// T and Z in either case, T may be a blank; digits behind the sixth of the fraction are cut off.
// Years 1 to 9999. Nothing for other text.
std::optional<std::int64_t> parse_query_time(std::string_view text);

}  // namespace ox
