#pragma once
// A stored event as the messages API of a PBU log server tells it.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/ingest/api/pbu/pbu_level.h"
#include "proto/event_slices.h"

namespace ox {

// Views into the event, which must outlive it.
struct PbuMessage {
  // Nothing for what has no time.
  static std::optional<PbuMessage> of(const EventSlices& event);

  WallTime time{};
  PbuLevel level = PbuLevel::kDebug;
  std::string_view logger;
  std::int64_t line = 0;
  std::string_view message;
  // Behind the message, as in the level files: the trace, or exception and stack.
  std::vector<std::string_view> more;

  // {"ts", "name", "msg", "detail"}: the first line of the message, and in `detail`, when there are any,
  // the other lines. Appends.
  void append_json(std::string& out) const;
};

}  // namespace ox
