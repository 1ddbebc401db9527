#include "common/client/event_queue.h"

#include <utility>

namespace ox {

SubmitResult EventQueue::push(ClientEvent event, bool& first) {
  std::uint64_t bytes = cost(event);
  std::lock_guard lock(mu_);
  first = false;
  if (closed_ || (events_ > 0 && (events_ >= max_events_ || bytes_ + bytes > max_bytes_)))
    return SubmitResult::kFull;
  first = waiting_.empty();
  waiting_.push_back(std::move(event));
  ++events_;
  bytes_ += bytes;
  return SubmitResult::kTaken;
}

std::vector<ClientEvent> EventQueue::take() {
  std::lock_guard lock(mu_);
  return std::exchange(waiting_, {});
}

void EventQueue::settle(std::uint64_t events, std::uint64_t bytes) {
  std::lock_guard lock(mu_);
  events_ -= events;
  bytes_ -= bytes;
}

void EventQueue::close() {
  std::lock_guard lock(mu_);
  closed_ = true;
}

std::uint64_t EventQueue::events() const {
  std::lock_guard lock(mu_);
  return events_;
}

std::uint64_t EventQueue::bytes() const {
  std::lock_guard lock(mu_);
  return bytes_;
}

}  // namespace ox
