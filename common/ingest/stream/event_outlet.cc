#include "common/ingest/stream/event_outlet.h"

#include <utility>

namespace ox {

EventOutlet::EventOutlet(EventGate& gate, Counter& events, Post post, std::function<void()> room)
    : gate_(gate),
      events_(events),
      post_(std::move(post)),
      room_(std::move(room)),
      waiting_(std::make_shared<std::uint64_t>(0)) {}

Status EventOutlet::add(std::string_view type, std::string_view host, double end,
                        std::string_view body) {
  // After a full group comes another.
  if (group_.empty() && room_for_ > 0) group_.reserve(kGroupBytes + body.size(), room_for_);
  OX_RETURN_IF_ERROR(group_.add(type, host, end, body));
  events_.add();
  if (group_.bytes() >= kGroupBytes) flush();
  return ok_status();
}

void EventOutlet::flush() {
  if (group_.empty()) return;
  const std::uint64_t bytes = group_.bytes();
  *waiting_ += bytes;
  room_for_ = bytes >= kGroupBytes ? group_.size() + group_.size() / 8 : 0;
  auto taken = [post = post_, bytes, self = this, alive = std::weak_ptr(waiting_)] {
    post([self, bytes, alive] {
      auto waiting = alive.lock();
      if (!waiting) return;
      const bool was_full = self->full();
      *waiting -= bytes;
      if ((was_full && !self->full()) || *waiting == 0) self->room_();
    });
  };
  gate_.hand_over(std::exchange(group_, EventGroup()), std::move(taken), {});
}

}  // namespace ox
