#include "oxview/printer.h"

#include <algorithm>
#include <utility>

#include "oxview/field_stats.h"
#include "oxview/time_histogram.h"
#include "proto/json.h"

namespace ox {
namespace {

std::unique_ptr<PrintSink> make_sink(Output& output, PrintOptions& options) {
  if (options.selection.count) return std::make_unique<EventCounter>(options.selection.limit);
  if (options.summary.stats)
    return std::make_unique<FieldStats>(*options.summary.stats, options.selection.limit);
  if (options.summary.histogram) return std::make_unique<TimeHistogram>(*options.summary.histogram);
  FormatStyle style;
  style.terminal = output.terminal();
  style.colours = options.colours;
  style.highlight = options.selection.pattern;
  auto format = make_format(options.format, style);
  if (options.group)
    return std::make_unique<GroupWriter>(output, std::move(format), std::move(options.roots));
  return std::make_unique<EventWriter>(output, std::move(format));
}

}  // namespace

Printer::Printer(Output& output, PrintOptions options)
    : output_(output),
      filter_(std::move(options.filter)),
      selection_(options.selection),
      // That of a table is one of its lines.
      limit_(options.summary.wanted() ? std::nullopt : selection_.limit),
      sink_(make_sink(output, options)) {
  const EventConditions& conditions = selection_.conditions;
  if (options.context > 0) context_.emplace(options.context);
  has_conditions_ = conditions.has_time() || !conditions.hosts.empty() || conditions.min_level;
}

void Printer::begin_source() {
  if (!context_) return;
  context_->begin_source();
  finish_at_limit();
}

Status Printer::print(std::string_view event, const EventSlices* slices) {
  OX_ASSIGN_OR_RETURN(bool wanted, is_selected(event, slices));
  if (wanted && !at_limit()) {
    OX_RETURN_IF_ERROR(print_selected(event));
  } else if (context_ && context_->follows(event)) {
    OX_RETURN_IF_ERROR(sink_->take(event));
  } else {
    return ok_status();
  }
  output_.settle();
  finish_at_limit();
  return ok_status();
}

Status Printer::print_selected(std::string_view event) {
  if (context_) {
    std::deque<std::string> before;
    context_->begin_match(before);
    if (context_->take_gap()) sink_->separate();
    for (const std::string& neighbour : before) OX_RETURN_IF_ERROR(sink_->take(neighbour));
  }
  OX_RETURN_IF_ERROR(sink_->take(event));
  ++shown_;
  return ok_status();
}

void Printer::finish_at_limit() {
  if (at_limit() && (!context_ || context_->complete())) output_.finish();
}

Result<bool> Printer::is_selected(std::string_view event, const EventSlices* slices) {
  if (has_conditions_ &&
      !selection_.conditions.fits_but_type(slices != nullptr ? *slices : EventSlices::of(event)))
    return false;
  if (filter_ != nullptr) {
    OX_ASSIGN_OR_RETURN(bool wanted, slices != nullptr ? filter_->matches(event, *slices)
                                                       : filter_->matches(event));
    if (!wanted) return false;
  }
  if (!selection_.pattern) return true;
  OX_ASSIGN_OR_RETURN(Decoded decoded, decode_event(event));
  line_.clear();
  append_json(line_, decoded.root());
  return selection_.pattern->matches(line_);
}

bool Printer::only_counts() const {
  return sink_->takes_counts() && !selection_.pattern && filter_ == nullptr;
}

void Printer::add_counted(const SlotCount& count) {
  sink_->take_count(count);
  shown_ += count.events;
  if (limit_) shown_ = std::min(shown_, *limit_);
}

void Printer::finish() {
  const std::size_t before = output_.buffer().size();
  sink_->append_summary(output_.buffer());
  if (output_.buffer().size() > before) output_.reopen();
  if (output_.open()) output_.flush();
  sink_->report();
}

}  // namespace ox
