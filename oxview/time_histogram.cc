#include "oxview/time_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/base/log.h"
#include "common/query/log_record.h"

namespace ox {
namespace {

// Each is a multiple of the one before. The index knows those from a quarter of an hour on.
constexpr std::array<std::int64_t, 8> kSteps = {1, 10, 60, 900, 3600, 21'600, 86'400, 604'800};
constexpr std::array<std::string_view, 8> kStepNames = {
    "second", "10 seconds", "minute", "15 minutes", "hour", "6 hours", "day", "week"};
// The first Monday is the fifth of January: so weeks begin on Mondays, and all others as ever.
constexpr std::int64_t kFirstMonday = 4 * 86'400;
constexpr std::size_t kMaxHistogramBuckets = 100'000;
constexpr std::uint64_t kFittingLines = 60;
// Longer stretches without events are one line.
constexpr std::int64_t kMostEmptyLines = 60;
// Events whose clocks are far off do not decide about the step: so many percent at each end.
constexpr double kOutliers = 0.01;
constexpr std::size_t kLeastBarColumns = 10;
constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
constexpr std::string_view kWholeBlock = "█";
constexpr std::string_view kNoTime = "(no time)";

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::string_view step_name(std::int64_t step) {
  const auto* at = std::find(kSteps.begin(), kSteps.end(), step);
  return kStepNames[static_cast<std::size_t>(at - kSteps.begin())];
}

std::string bucket_label(std::int64_t number, std::int64_t step) {
  const CivilTime c = to_utc(Seconds(number * step + kFirstMonday));
  std::string label = fmt::format("{:04}-{:02}-{:02}", c.year, c.month, c.day);
  if (step < 86'400) label += fmt::format(" {:02}:{:02}", c.hour, c.minute);
  if (step < 60) label += fmt::format(":{:02}", c.second);
  return label;
}

}  // namespace

TimeHistogram::TimeHistogram(const HistogramOptions& options)
    : options_(options), step_(options.step != 0 ? options.step : kSteps.front()) {}

bool TimeHistogram::takes_counts() const {
  return options_.step == 0 ? options_.by_index : options_.step % kCountSlotSeconds == 0;
}

Status TimeHistogram::take(std::string_view event) {
  OX_RETURN_IF_ERROR(check_event(event));
  if (auto time = record_time(EventSlices::of(event).end)) {
    add(std::chrono::floor<std::chrono::seconds>(*time).count(), 1);
  } else {
    ++without_time_;
  }
  return ok_status();
}

void TimeHistogram::take_count(const SlotCount& count) {
  if (count.slot.slot == CountSlot::kNoTime) {
    without_time_ += count.events;
    return;
  }
  if (step_ < kCountSlotSeconds) widen(kCountSlotSeconds);
  add(std::int64_t{count.slot.slot} * kCountSlotSeconds, count.events);
}

void TimeHistogram::add(std::int64_t second, std::uint64_t events) {
  buckets_[floor_div(second - kFirstMonday, step_)] += events;
  while (buckets_.size() > kMaxHistogramBuckets && step_ < kSteps.back()) {
    const std::int64_t next = *std::upper_bound(kSteps.begin(), kSteps.end(), step_);
    if (options_.step != 0)
      log_warning("the events are of more than {} times: a line is a {} now", kMaxHistogramBuckets,
                  step_name(next));
    widen(next);
  }
}

void TimeHistogram::widen(std::int64_t step) {
  std::map<std::int64_t, std::uint64_t> wider;
  for (const auto& [number, events] : buckets_) wider[floor_div(number, step / step_)] += events;
  buckets_ = std::move(wider);
  step_ = step;
}

// The smallest with which what most events are of fits the screen.
std::int64_t TimeHistogram::fitting_step() const {
  std::uint64_t total = 0;
  for (const auto& [number, events] : buckets_) total += events;
  const auto outliers = static_cast<std::uint64_t>(kOutliers * static_cast<double>(total));
  auto first = buckets_.begin();
  for (std::uint64_t before = 0; (before += first->second) <= outliers;) ++first;
  auto last = buckets_.rbegin();
  for (std::uint64_t behind = 0; (behind += last->second) <= outliers;) ++last;
  for (std::int64_t step : kSteps) {
    if (step < step_) continue;
    const std::int64_t ratio = step / step_;
    const std::int64_t lines = floor_div(last->first, ratio) - floor_div(first->first, ratio) + 1;
    if (lines <= static_cast<std::int64_t>(kFittingLines)) return step;
  }
  return kSteps.back();
}

void TimeHistogram::append_bar(std::string& out, std::uint64_t events, std::size_t columns) const {
  if (events == 0) return;
  const double share = static_cast<double>(events) / static_cast<double>(most_);
  const std::size_t parts = options_.unicode ? kEighths.size() : 1;
  const double length = share * static_cast<double>(columns * parts);
  const auto whole = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(length)));
  out += ' ';
  for (std::size_t i = 0; i < whole / parts; ++i) out += options_.unicode ? kWholeBlock : "#";
  if (options_.unicode) out += kEighths[whole % parts];
}

void TimeHistogram::append_line(std::string& out, std::string_view label,
                                std::uint64_t events) const {
  const std::size_t taken = label_columns_ + 1 + digits_ + 1;
  fmt::format_to(std::back_inserter(out), "{:<{}} {:>{}}", label, label_columns_, events, digits_);
  append_bar(out, events, std::max(options_.columns, taken + kLeastBarColumns) - taken);
  out += '\n';
}

void TimeHistogram::append_summary(std::string& out) {
  if (buckets_.empty() && without_time_ == 0) return;
  if (options_.step == 0 && !buckets_.empty()) widen(fitting_step());
  most_ = without_time_;
  for (const auto& [number, events] : buckets_) most_ = std::max(most_, events);
  digits_ = std::to_string(most_).size();
  label_columns_ = without_time_ > 0 ? kNoTime.size() : 0;
  if (!buckets_.empty())
    label_columns_ = std::max(label_columns_, bucket_label(buckets_.begin()->first, step_).size());
  std::int64_t next = buckets_.empty() ? 0 : buckets_.begin()->first;
  for (const auto& [number, events] : buckets_) {
    const std::int64_t empty = number - next;
    if (empty > kMostEmptyLines) {
      fmt::format_to(std::back_inserter(out), "... {} empty ...\n", empty);
      next = number;
    }
    for (; next < number; ++next) append_line(out, bucket_label(next, step_), 0);
    append_line(out, bucket_label(number, step_), events);
    next = number + 1;
  }
  if (without_time_ > 0) append_line(out, kNoTime, without_time_);
}

}  // namespace ox
