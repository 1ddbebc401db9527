#pragma once
// --histogram: how many events there are in each stretch of time, drawn as bars.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/store/count_slot.h"
#include "oxview/print_sink.h"

namespace ox {

struct HistogramOptions {
  std::int64_t step = 0;     // seconds; 0: as it fits
  bool by_index = true;      // steps below kCountSlotSeconds may be given up for the sake of speed
  std::size_t columns = 80;  // of the terminal
  bool unicode = false;
};

// Bounds: keeps kMaxHistogramBuckets stretches; when there are more, longer ones are used.
class TimeHistogram : public PrintSink {
 public:
  explicit TimeHistogram(const HistogramOptions& options);

  Status take(std::string_view event) override;
  bool takes_counts() const override;
  void take_count(const SlotCount& count) override;
  void append_summary(std::string& out) override;

 private:
  void add(std::int64_t second, std::uint64_t events);
  void widen(std::int64_t step);
  std::int64_t fitting_step() const;
  void append_line(std::string& out, std::string_view label, std::uint64_t events) const;
  void append_bar(std::string& out, std::uint64_t events, std::size_t columns) const;

  const HistogramOptions options_;
  std::int64_t step_;                              // seconds that a bucket has for now
  std::map<std::int64_t, std::uint64_t> buckets_;  // by number: beginning / step, from the week's
  std::uint64_t without_time_ = 0;
  std::size_t label_columns_ = 0;  // while a summary is made, as the next two
  std::size_t digits_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace ox
