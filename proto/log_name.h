#pragma once
// Names of log files: <YYYYMMDD>/<type>-<YYYYMMDD>[HH].log below the log directory, in UTC
// (proto/README.md, "Log files").
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace ox {

// The type that takes the events of types beyond --max-types.
inline constexpr std::string_view kOverflowType = "_overflow";

// The file name part for a type. '/', '%', control bytes, NUL and a leading '.' are
// percent-encoded; a result over 200 bytes is cut and ends in '~' and 16 hex digits of a hash, so
// that any type has a name no file system refuses. `type` must not be empty.
std::string encode_type(std::string_view type);
// The inverse, except for cut names, which come back as they are.
std::string decode_type(std::string_view name);

// Start of the file period that `t` falls into. rotate_hours: 0 = daily, else 1..12.
WallTime period_start(WallTime t, int rotate_hours);

// "20170714/request.db-20170714.log" or, with rotate_hours, "20170714/request.db-2017071402.log".
std::string log_file_path(std::string_view type, WallTime t, int rotate_hours);

enum class Compression { kNone, kGzip, kBzip2, kZstd };

struct LogFileName {
  std::string type;   // decoded
  WallTime start{};   // of its period
  WallTime length{};  // one day or one hour (the name does not tell more)
  std::string host;   // "" unless the name carries one: type-2015052120-ip-10-0-0-1.log
  Compression compression = Compression::kNone;
};

// Parses the last component of a path; nothing when it is no log file's name.
std::optional<LogFileName> parse_log_file_name(std::string_view name);

}  // namespace ox
