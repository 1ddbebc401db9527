#include "common/store/event_order.h"

#include <bit>
#include <cmath>

namespace ox {
namespace {

// The years 1 to 9999.
constexpr double kFirstTime = -62135596800.0;
constexpr double kEndOfTimes = 253402300800.0;

constexpr std::int64_t kNoTime = INT64_MIN;

// Whole numbers in the order of the floats.
std::int64_t in_order(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value);
  return bits < 0 ? bits ^ INT64_MAX : bits;
}

}  // namespace

std::optional<WallTime> time_of_end(double end) {
  if (!(end >= kFirstTime && end < kEndOfTimes)) return std::nullopt;
  const double whole = std::floor(end);
  const auto micros = static_cast<std::int64_t>(std::nearbyint((end - whole) * 1e6));
  return WallTime(static_cast<std::int64_t>(whole) * 1'000'000 + micros);
}

std::int64_t EventOrder::time(std::optional<double> end) const {
  if (!end || std::isnan(*end)) return kNoTime;
  if (by_ == By::kEnd) return in_order(*end);
  auto time = time_of_end(*end);
  return time ? time->count() : kNoTime;
}

EventRank EventOrder::directed(EventRank rank) const {
  if (!newest_first_) return rank;
  return {~rank.time, ~rank.id, ~rank.file, ~rank.offset};
}

EventRank EventOrder::rank(const EventSlices& event, std::uint64_t file,
                           std::uint64_t offset) const {
  return directed({time(event.end.as_number()), event.id.as_uint().value_or(0), file, offset});
}

EventRank EventOrder::least(double min_end, double max_end, bool some_without) const {
  const bool some_with = min_end <= max_end;
  if (newest_first_) {
    if (!some_with) return {~kNoTime};
    // Above the last time that can be told there is none, but below it there may be others.
    if (by_ == By::kTime && max_end >= kEndOfTimes) return {~INT64_MAX};
    return {~time(max_end)};
  }
  const bool beyond = by_ == By::kTime && (min_end < kFirstTime || max_end >= kEndOfTimes);
  if (!some_with || some_without || beyond) return {kNoTime};
  return {time(min_end)};
}

}  // namespace ox
