#include "common/read/time_zone.h"

#include <algorithm>
#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

namespace ox {
namespace {

constexpr std::size_t kLongestZoneName = 64;
// 0001-01-02 to 9999-12-30, so that no offset leads outside.
constexpr Seconds kFirstInstant{-62'135'510'400};
constexpr Seconds kLastInstant{253'402'128'000};

date::sys_seconds instant_of(Seconds seconds) {
  return date::sys_seconds(std::clamp(seconds, kFirstInstant, kLastInstant));
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
  try {
    (void)date::get_tzdb();
  } catch (const std::exception& e) {
    return Status(Code::kUnavailable, fmt::format("there is no time zone database: {}", e.what()));
  }
  const Status unknown(Code::kNotFound,
                       fmt::format("there is no time zone '{}'", name.substr(0, kLongestZoneName)));
  if (name.empty() || name.size() > kLongestZoneName) return unknown;
  try {
    const date::time_zone* zone = date::locate_zone(name);
    // Its file is read only now.
    (void)zone->get_info(date::sys_seconds(Seconds(0)));
    return TimeZone(zone);
  } catch (const std::exception&) {
    return unknown;
  }
}

Seconds TimeZone::start_of_day(Seconds instant) const {
  const date::sys_seconds at = instant_of(instant);
  const auto local = date::local_seconds((at + zone_->get_info(at).offset).time_since_epoch());
  const auto midnight = date::local_seconds(date::floor<date::days>(local));
  return zone_->to_sys(midnight, date::choose::earliest).time_since_epoch();
}

Seconds TimeZone::start_of_hour(Seconds instant) const {
  const date::sys_seconds at = instant_of(instant);
  const date::sys_info info = zone_->get_info(at);
  const Seconds local = (at + info.offset).time_since_epoch();
  const Seconds into_hour = local - std::chrono::floor<std::chrono::hours>(local);
  // Where the clocks change by half an hour, the hour begins with the change.
  return std::max(at - into_hour, info.begin).time_since_epoch();
}

Seconds TimeZone::start_of(std::chrono::year_month_day date) const {
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  const Seconds midnight = std::clamp<Seconds>(days, kFirstInstant, kLastInstant);
  return zone_->to_sys(date::local_seconds(midnight), date::choose::earliest).time_since_epoch();
}

}  // namespace ox
