#include "oxview/field_stats.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/query/log_record.h"
#include "oxview/format/short_time.h"

namespace ox {
namespace {

constexpr std::string_view kNoValue = "(none)";
constexpr std::string_view kCountTitle = "count";

// Whole characters of the valid UTF-8 `text`.
void cut_stats_value(std::string& text) {
  if (text.size() <= kMaxStatsValueBytes) return;
  std::size_t end = kMaxStatsValueBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  text += "...";
}

}  // namespace

FieldStats::FieldStats(EventField field, std::optional<std::uint64_t> rows, std::size_t max_values)
    : field_(std::move(field)),
      end_(*EventField::parse("end")),
      rows_(rows),
      max_values_(max_values) {}

void FieldStats::Row::add(const Row& other) {
  events += other.events;
  if (other.first && (!first || *other.first < *first)) first = other.first;
  if (other.last && (!last || *other.last > *last)) last = other.last;
}

FieldStats::Row& FieldStats::row_of(std::string_view value) {
  if (auto known = values_.find(value); known != values_.end()) return known->second;
  if (values_.size() < max_values_) return values_[std::string(value)];
  if (others_.events == 0)
    log_warning("{} has more than {} values: the rest is counted under (others)", field_.name(),
                max_values_);
  return others_;
}

Status FieldStats::take(std::string_view event) {
  OX_RETURN_IF_ERROR(check_event(event));
  reader_.set(event);
  value_.clear();
  if (RawValue value = reader_.value(field_); value.valid()) {
    append_bare(value_, value, Controls::kEscape);
    cut_stats_value(value_);
  } else {
    value_ = kNoValue;
  }
  const auto time = record_time(reader_.value(end_));
  row_of(value_).add(Row{1, time, time});
  ++total_;
  return ok_status();
}

void FieldStats::append_row(std::string& out, std::size_t digits, const Row& row,
                            std::string_view value) const {
  const double share = 100 * static_cast<double>(row.events) / static_cast<double>(total_);
  fmt::format_to(std::back_inserter(out), "{:>{}} {:>5.1f}%  ", row.events, digits, share);
  append_short_time(out, row.first);
  out += "  ";
  append_short_time(out, row.last);
  out += "  ";
  out += value;
  out += '\n';
}

void FieldStats::append_summary(std::string& out) {
  std::vector<const std::pair<const std::string, Row>*> sorted;
  sorted.reserve(values_.size());
  for (const auto& value : values_) sorted.push_back(&value);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    if (a->second.events != b->second.events) return a->second.events > b->second.events;
    return a->first < b->first;
  });
  const std::size_t shown = rows_ ? std::min<std::size_t>(sorted.size(), *rows_) : sorted.size();
  // When the bound of values was met, nobody knows how many others there are.
  std::string others_name = others_.events > 0 ? "(others)" : "";
  Row others = others_;
  for (std::size_t i = shown; i < sorted.size(); ++i) others.add(sorted[i]->second);
  if (others_name.empty()) others_name = fmt::format("({} others)", sorted.size() - shown);

  std::uint64_t most = others.events;
  if (!sorted.empty()) most = std::max(most, sorted.front()->second.events);
  const std::size_t digits = std::max(kCountTitle.size(), std::to_string(most).size());
  fmt::format_to(std::back_inserter(out), "{:>{}}  share  {:24}  {:24}  {}\n", kCountTitle, digits,
                 "first", "last", field_.name());
  for (std::size_t i = 0; i < shown; ++i)
    append_row(out, digits, sorted[i]->second, sorted[i]->first);
  if (others.events > 0) append_row(out, digits, others, others_name);
}

}  // namespace ox
