#include "oxview/time_point.h"

#include <charconv>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/base/quantity.h"
#include "common/query/query_time.h"

namespace ox {
namespace {

constexpr WallTime kTimePointDay = std::chrono::hours(24);
constexpr std::size_t kCompactDate = 8;  // YYYYMMDD
constexpr std::size_t kDashedDate = 10;  // YYYY-MM-DD
constexpr std::size_t kLeastUnixDigits = 9;
constexpr double kMostUnixSeconds = 253'402'300'799.0;  // the end of 9999

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<WallTime> unix_seconds(std::string_view text) {
  double seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(seconds >= 0 && seconds <= kMostUnixSeconds)) return std::nullopt;
  return std::chrono::duration_cast<WallTime>(std::chrono::duration<double>(seconds));
}

}  // namespace

Result<TimePoint> parse_time_point(std::string_view given, WallTime now) {
  const std::string_view text = trimmed(given);
  const WallTime today = std::chrono::floor<std::chrono::days>(now);
  if (text == "now") return TimePoint{now, false};
  if (text == "today") return TimePoint{today, true};
  if (text == "yesterday") return TimePoint{today - kTimePointDay, true};
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const bool only_digits = digits == text.size();
  if (digits == kCompactDate) {
    if (auto date = parse_date(text); date.ok()) return TimePoint{*date, only_digits};
  }
  if (digits >= kLeastUnixDigits) {
    if (auto time = unix_seconds(text)) return TimePoint{*time, false};
  }
  if (auto micros = parse_query_time(text))
    return TimePoint{Micros(*micros), text.size() == kDashedDate};
  std::string_view ago = text;
  if (ago.ends_with("ago")) {
    ago = trimmed(ago.substr(0, ago.size() - 3));
  } else if (ago.starts_with('-')) {
    ago.remove_prefix(1);
  }
  // A bare number would be seconds here and a date or Unix seconds there.
  if (!ago.empty() && ago.front() >= '0' && ago.front() <= '9' && ago.back() >= 'a') {
    if (auto duration = parse_duration(ago); duration.ok())
      return TimePoint{now - *duration, false};
  }
  return Status(Code::kInvalid,
                fmt::format("'{}' is no time: \"2017-07-14 02:40\", 20170714, \"1h ago\", -90m, "
                            "yesterday, Unix seconds",
                            given));
}

}  // namespace ox
