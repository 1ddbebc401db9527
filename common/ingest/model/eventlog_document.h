#pragma once
// An event of the eventlog client library (its keys of versions 0.9.0 and 0.9.x, and those its
// documents name), as JSON or anything else that was made MessagePack, brought into one form:
// docs/events.md, "Events of eventlog". Knows nothing of how the event came.
//
//   EventlogDocument document;
//   Status status = document.fill(map, event);   // event.host and .end: for what says neither
//   ... event.append_to(out) ...
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/ingest/model/foreign_event.h"
#include "proto/raw_value.h"

namespace ox {

// The canonical level of a number, by the `version` that the event came with (invalid: none);
// nothing when it is on no scale.
std::optional<int> eventlog_level(std::int64_t number, RawValue version);

// Not thread-safe.
class EventlogDocument {
 public:
  // Fills all of `event` but its type and id. It then views `map` and this, until the next call.
  // fallback_name: of an event that names neither itself nor an action (a fluent tag); "" for
  // `event`. Error: kInvalid, it is no map.
  Status fill(RawValue map, ForeignEvent& event, std::string_view fallback_name = {});

 private:
  struct Keys;
  void fill_head(const Keys& keys, ForeignEvent& event, std::string_view fallback_name);
  void fill_level(const Keys& keys, ForeignEvent& event);
  bool add_pairs(RawValue value, std::string_view section, ForeignEvent& event);
  void add_key(RawValue key, RawValue value, ForeignEvent::Section section, ForeignEvent& event);
  void add_tags(RawValue value, ForeignEvent& event);
  void add_error(ForeignEvent& event);
  // A value that stands in the head of the event under the very name it came with.
  void moves(RawValue value) { moved_.push_back(value.bytes().data()); }
  bool has_moved(RawValue value) const;
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  std::deque<std::string> texts_;  // that the event views, beside the map
  std::vector<const char*> moved_;
  RawValue exc_info_;
};

}  // namespace ox
