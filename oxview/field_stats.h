#pragma once
// --stats: the values that a field has, how many events have each, and when.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.h"
#include "oxview/format/event_fields.h"
#include "oxview/print_sink.h"

namespace ox {

inline constexpr std::size_t kMaxStatsValues = 100'000;
// What values are told apart by, and shown of them.
inline constexpr std::size_t kMaxStatsValueBytes = 256;

// Bounds: keeps `max_values` values; events with others are counted together.
class FieldStats : public PrintSink {
 public:
  // rows: so many values are shown by themselves, the most frequent ones.
  FieldStats(EventField field, std::optional<std::uint64_t> rows,
             std::size_t max_values = kMaxStatsValues);

  Status take(std::string_view event) override;
  void append_summary(std::string& out) override;

 private:
  struct Row {
    std::uint64_t events = 0;
    std::optional<WallTime> first;
    std::optional<WallTime> last;
    void add(const Row& other);
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  Row& row_of(std::string_view value);
  void append_row(std::string& out, std::size_t digits, const Row& row,
                  std::string_view value) const;

  const EventField field_;
  const EventField end_;
  const std::optional<std::uint64_t> rows_;
  const std::size_t max_values_;
  FieldReader reader_;
  std::unordered_map<std::string, Row, Hash, std::equal_to<>> values_;
  Row others_;
  std::uint64_t total_ = 0;
  std::string value_;
};

}  // namespace ox
