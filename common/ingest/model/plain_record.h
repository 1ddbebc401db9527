#pragma once
// A record of any application as an event, by the names that applications have for the things that
// all of them tell: docs/events.md, "Common names", has the table. Everything is kept.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/ingest/model/foreign_event.h"
#include "proto/raw_value.h"

namespace ox {

// What a record tells under the common names; views it. For those who write the event themselves.
class PlainRoles {
 public:
  // A pair of the record, as bytes.
  struct Span {
    const char* begin;
    const char* end;
  };

  // keep_time: the record's own time is not looked for.
  explicit PlainRoles(bool keep_time = false);

  // Looks at one pair of the record; of all, in their order.
  void take(const RawMap::Entry& entry);

  std::optional<double> end;
  std::optional<int> level;
  RawValue level_token;  // valid when there is a level
  std::optional<std::string_view> name;
  std::optional<std::string_view> message;
  std::optional<std::string_view> host;
  std::optional<std::uint64_t> pid;

  // The pairs that stand in the event under the very name they came with, in their order.
  std::size_t moved() const { return moved_; }
  const Span& moved(std::size_t index) const { return spans_[index]; }
  bool has_moved(RawValue value) const;

 private:
  struct Common;
  static const Common* find_common(std::string_view key);
  void take_within(const RawMap::Entry& parent);
  bool take_as(const Common& common, RawValue value);
  bool fits(const Common& common, RawValue value);

  std::array<std::uint8_t, 6> best_ = {255, 255, 255, 255, 255, 255};  // rank, by meaning
  std::size_t moved_ = 0;
  std::array<Span, 6> spans_{};
};

// Fills `event` from a map: time, level, name, message, host and pid, as far as the record has
// them, and all its pairs. What is set already stays where the record does not tell; with keep_time
// its `end` does in any case. `event` then views the record.
void fill_plain_event(RawValue record, ForeignEvent& event, bool keep_time = false);

}  // namespace ox
