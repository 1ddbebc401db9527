#pragma once
// Points in time as foreign senders write them. All are kept to the microsecond; digits beyond it
// are cut off (a float's are rounded, half to even, as Python's datetime.fromtimestamp() does it).
// From year 1 to the end of year 9999; what is outside is no time.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

struct Timestamp {
  WallTime at{};
  double seconds = 0;  // the same for `start` and `end`; a float64 of seconds as it was sent
  static Timestamp of(WallTime at) { return {at, to_seconds(at)}; }
};

// ISO 8601 and RFC 3339: "2017-07-14T02:40:00.250Z", T in either case or a blank, a fraction of
// 1 to 9 digits behind '.' or ',' (Python's asctime), seconds optional, or the date alone; an offset
// Z, +02:00, +0200, +02, also behind a blank; none is UTC. The basic form 20170714T024000Z, too. A
// leap second is the second behind it. Blanks around it are ignored. Error: kInvalid, quoting it.
Result<Timestamp> parse_timestamp(std::string_view text);

// By magnitude: from 9e18 tenths of nanoseconds (a known mistake of a client), from 1e17 ns, from
// 1e14 us, from 1e11 ms, below seconds. Negative numbers the same way. Nothing when out of range.
std::optional<Timestamp> timestamp_from_int(std::int64_t value);
std::optional<Timestamp> timestamp_from_uint(std::uint64_t value);
std::optional<Timestamp> timestamp_from_double(double value);

// Whatever the value is: a number by magnitude, text as parse_timestamp(), or a number as text.
// Error: kInvalid, quoting it.
Result<Timestamp> timestamp_from(RawValue value);

// Seconds alone, whatever their magnitude (Chronologer's `created`, Splunk's `time` as well).
std::optional<Timestamp> timestamp_from_seconds(double seconds);

// "2017-07-14 02:40:00.250000+00:00", without the fraction when it is zero: Python's str() of a
// datetime in UTC.
std::string format_python_utc(WallTime at);

}  // namespace ox
