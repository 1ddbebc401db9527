#pragma once
// Which events are shown, and how many; an PrintSink does the showing.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/query/event_filter.h"
#include "oxview/context_window.h"
#include "oxview/format/event_format.h"
#include "oxview/output.h"
#include "oxview/print_sink.h"
#include "oxview/selection_options.h"
#include "oxview/summary_options.h"
#include "proto/event_slices.h"

namespace ox {

struct PrintOptions {
  FormatSpec format;
  bool group = false;
  GroupRoots roots;
  std::shared_ptr<EventFilter> filter;  // null: every event is shown
  Selection selection;
  Summary summary;
  std::size_t context = 0;  // so many events are shown around each that is selected
  bool colours = false;
};

// Threading: one thread. Borrows the output.
class Printer {
 public:
  Printer(Output& output, PrintOptions options);

  // Prints an event that is selected and that the filter lets through, or with grouping its whole group once that is
  // complete. Error: the bytes are not one MessagePack value (kCorrupt, kTooLarge), or those of
  // EventFilter::matches(); nothing is printed then.
  // slices: of the event, when somebody has looked at it already.
  Status print(std::string_view event, const EventSlices* slices = nullptr);
  // Events from here on are no neighbours of those before (--context).
  void begin_source();
  // True when events that are not selected may be shown, too, and are to be given to print().
  bool wants_all() const { return context_.has_value(); }
  // How many events were let through.
  std::uint64_t shown() const { return shown_; }
  // True when events need only be counted of which the conditions alone decide.
  bool only_counts() const;
  // Counts events that somebody else has looked at.
  void add_counted(const SlotCount& count);
  // Prints what stands below all events, also after an interruption, and says on the log what was
  // held back for ever. Call it once, at the end.
  void finish();

 private:
  bool at_limit() const { return limit_ && shown_ >= *limit_; }
  void finish_at_limit();
  Status print_selected(std::string_view event);
  Result<bool> is_selected(std::string_view event, const EventSlices* slices);

  Output& output_;
  const std::shared_ptr<EventFilter> filter_;
  const Selection selection_;
  std::optional<std::uint64_t> limit_;  // of events
  const std::unique_ptr<PrintSink> sink_;
  std::optional<ContextWindow> context_;
  bool has_conditions_ = false;
  std::uint64_t shown_ = 0;
  std::string line_;  // of the event that is looked at
};

}  // namespace ox
