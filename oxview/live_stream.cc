#include "oxview/live_stream.h"

#include <utility>

#include "proto/event_slices.h"

namespace ox {

static constexpr std::size_t kMostWaitingEvents = 1000;

Result<bool> LiveStream::next(std::string_view& event) {
  while (waiting_.empty() && !ended_) {
    if (!output_.flush()) return false;
    idle_ = false;
    OX_RETURN_IF_ERROR(live_.wait());
  }
  if (waiting_.empty()) return false;
  current_ = std::move(waiting_.front());
  waiting_.pop_front();
  event = current_;
  return true;
}

Status LiveStream::take(std::string_view event) {
  EventSlices slices;
  if (walk_event(event, slices) != event.size())
    return Status(Code::kCorrupt, "not one MessagePack value");
  waiting_.emplace_back(event);
  return ok_status();
}

bool LiveStream::wants_more() const {
  return !ended_ && waiting_.size() < (idle_ ? 1 : kMostWaitingEvents);
}

}  // namespace ox
