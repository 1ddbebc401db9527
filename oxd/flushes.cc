#include "oxd/flushes.h"

#include <fmt/format.h>

namespace ox {

static constexpr Micros kPoll = Millis(5);

void Flushes::add(std::function<void(Status)> done, What what) {
  auto flush = std::make_shared<Flush>();
  flush->done = std::move(done);
  flush->what = what;
  flush->deadline = clock_.mono() + kPatience;
  waiting_.push_back(flush);
  node_.flush_collect([this, flush] { loop_.post([flush] { flush->collected = true; }); });
  if (timer_ == 0) timer_ = loop_.call_every(kPoll, [this] { check(); });
}

void Flushes::check() {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    Flush& flush = **it;
    if (flush.collected && !flush.target && node_.intake_idle()) {
      flush.target = node_.end();
      node_.hurry();
    }
    bool written = flush.target && node_.written() >= *flush.target;
    bool forwarded =
        flush.target && (flush.what == What::kFiles || node_.forwarded() >= *flush.target);
    if (written && forwarded) {
      flush.done(ok_status());
    } else if (clock_.mono() >= flush.deadline) {
      const char* what = !flush.target ? "taken in" : !written ? "written" : "forwarded";
      flush.done(
          Status(Code::kUnavailable, fmt::format("not everything could be {} in time", what)));
    } else {
      ++it;
      continue;
    }
    it = waiting_.erase(it);
  }
  if (!waiting_.empty()) return;
  loop_.cancel(timer_);
  timer_ = 0;
}

void Flushes::stop() {
  if (timer_ != 0) loop_.cancel(timer_);
  timer_ = 0;
  for (auto& flush : waiting_) flush->done(Status(Code::kUnavailable, "oxd stops"));
  waiting_.clear();
}

}  // namespace ox
