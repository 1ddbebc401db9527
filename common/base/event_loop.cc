#include "common/base/event_loop.h"

#include <algorithm>
#include <cstdint>

#include <sys/eventfd.h>
#include <zmq.h>

#include "common/base/status.h"

namespace ox {

static MonoTime now() { return Clock::system().mono(); }

EventLoop::EventLoop() : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  OX_CHECK(wake_fd_.valid());
}

EventLoop::~EventLoop() = default;

EventLoop::Id EventLoop::watch_socket(void* socket, short events, Handler ready) {
  watches_.emplace(next_id_, Watch{socket, -1, events, std::move(ready)});
  return next_id_++;
}

EventLoop::Id EventLoop::watch_fd(int fd, short events, Handler ready) {
  watches_.emplace(next_id_, Watch{nullptr, fd, events, std::move(ready)});
  return next_id_++;
}

void EventLoop::set_events(Id id, short events) {
  auto it = watches_.find(id);
  if (it != watches_.end()) it->second.events = events;
}

void EventLoop::unwatch(Id id) { watches_.erase(id); }

EventLoop::Id EventLoop::call_after(Micros delay, Handler f) {
  timers_.emplace(next_id_, Timer{now() + delay, Micros(0), std::move(f)});
  return next_id_++;
}

EventLoop::Id EventLoop::call_every(Micros interval, Handler f) {
  timers_.emplace(next_id_, Timer{now() + interval, interval, std::move(f)});
  return next_id_++;
}

void EventLoop::cancel(Id timer) { timers_.erase(timer); }

void EventLoop::wake() {
  // One write per sleep is enough: the flag is cleared before posted work is taken.
  if (woken_.exchange(true)) return;
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t n = ::write(wake_fd_.get(), &one, sizeof(one));
}

void EventLoop::post(Handler f) {
  {
    std::lock_guard lock(mu_);
    posted_.push_back(std::move(f));
  }
  wake();
}

void EventLoop::stop() {
  post([this] { stopping_ = true; });
}

void EventLoop::run_posted() {
  std::uint64_t count = 0;
  [[maybe_unused]] ssize_t n = ::read(wake_fd_.get(), &count, sizeof(count));
  woken_ = false;
  std::vector<Handler> work;
  {
    std::lock_guard lock(mu_);
    work.swap(posted_);
  }
  for (Handler& f : work) f();
}

void EventLoop::run_timers() {
  MonoTime at = now();
  std::vector<Id> due;
  for (const auto& [id, timer] : timers_)
    if (timer.due <= at) due.push_back(id);
  for (Id id : due) {
    auto it = timers_.find(id);
    if (it == timers_.end()) continue;  // cancelled by an earlier one
    if (it->second.interval > Micros(0)) {
      it->second.due = at + it->second.interval;
      Handler f = it->second.f;
      f();
    } else {
      Handler f = std::move(it->second.f);
      timers_.erase(it);
      f();
    }
  }
}

Micros EventLoop::until_next_timer(Micros at_most) const {
  Micros wait = at_most;
  MonoTime at = now();
  for (const auto& [id, timer] : timers_) wait = std::min(wait, timer.due - at);
  return std::max(wait, Micros(0));
}

void EventLoop::run_once(Micros wait) {
  std::vector<zmq_pollitem_t> items;
  std::vector<Id> ids;
  items.push_back({nullptr, wake_fd_.get(), ZMQ_POLLIN, 0});
  ids.push_back(0);
  for (const auto& [id, watch] : watches_) {
    if (watch.events == 0) continue;
    items.push_back({watch.socket, watch.fd, watch.events, 0});
    ids.push_back(id);
  }
  Micros left = until_next_timer(wait);
  // Round up: waking a little late beats spinning for the last millisecond.
  long millis = static_cast<long>((left.count() + 999) / 1000);
  int ready = zmq_poll(items.data(), static_cast<int>(items.size()), millis);
  if (ready > 0) {
    if (items[0].revents != 0) run_posted();
    for (std::size_t i = 1; i < items.size(); ++i) {
      if (items[i].revents == 0) continue;
      auto it = watches_.find(ids[i]);
      if (it == watches_.end() || it->second.events == 0) continue;
      Handler f = it->second.ready;  // a copy: the handler may unwatch itself
      f();
    }
  }
  run_timers();
}

void EventLoop::run() {
  stopping_ = false;
  while (!stopping_) run_once(Seconds(3600));
  run_posted();
}

}  // namespace ox
