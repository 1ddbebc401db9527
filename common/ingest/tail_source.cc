#include "common/ingest/tail_source.h"

#include <algorithm>
#include <utility>

namespace ox {
namespace {

constexpr Micros kUnwatchedInterval = Millis(250);

}  // namespace

TailSource::TailSource(EventLoop& loop, FileSystem& fs, const Clock& clock, FileWatcher& watcher,
                       EventSink& sink, TailOptions options)
    : loop_(loop), watcher_(watcher), shared_{fs, clock, watcher, sink, std::move(options),
                                              {}, {},    {}} {}

TailSource::~TailSource() {
  loop_.unwatch(watch_);
  loop_.cancel(tick_timer_);
  loop_.cancel(turn_timer_);
}

Result<SourceNumber> TailSource::add(const FileSpec& spec) {
  auto number = static_cast<SourceNumber>(tails_.size());
  auto tail = std::make_unique<FileTail>(shared_, spec, number);
  OX_RETURN_IF_ERROR(tail->start_at_end());
  tails_.push_back(std::move(tail));
  return number;
}

Result<SourceNumber> TailSource::add(const FileSpec& spec, const FilePosition& from) {
  auto number = static_cast<SourceNumber>(tails_.size());
  auto tail = std::make_unique<FileTail>(shared_, spec, number);
  OX_RETURN_IF_ERROR(tail->start_at(from));
  tails_.push_back(std::move(tail));
  return number;
}

void TailSource::start() {
  started_ = true;
  if (watcher_.fd() >= 0) watch_ = loop_.watch_fd(watcher_.fd(), kReadable, [this] { changed(); });
  tick();
}

// Taken off the watcher even while the sink is full, or its fd would keep the loop spinning.
void TailSource::changed() {
  for (SourceNumber number : watcher_.take())
    if (!stopping_) dirty_.insert(number);
  schedule();
}

void TailSource::tick() {
  bool watched = true;
  for (const auto& tail : tails_) {
    // Also while the sink is full: rotation must not take a file away that we have yet to read.
    if (full_) tail->look();
    watched = tail->watch() && watched;
    dirty_.insert(tail->number());
  }
  Micros interval = shared_.options.poll_interval;
  if (!watched) interval = std::min(interval, kUnwatchedInterval);
  tick_timer_ = loop_.call_after(interval, [this] { tick(); });
  schedule();
}

void TailSource::schedule() {
  if (!started_ || full_ || finished_ || turn_timer_ != 0) return;
  turn_timer_ = loop_.call_after(Micros(0), [this] {
    turn_timer_ = 0;
    turn();
  });
}

void TailSource::turn() {
  std::vector<SourceNumber> order(dirty_.upper_bound(last_), dirty_.end());
  order.insert(order.end(), dirty_.begin(), dirty_.upper_bound(last_));
  for (SourceNumber number : order) {
    FileTail::Outcome outcome = tails_[number]->poll();
    if (outcome == FileTail::Outcome::kFull) {
      full_ = true;
      return;
    }
    last_ = number;
    if (outcome == FileTail::Outcome::kDry) dirty_.erase(number);
  }
  if (!dirty_.empty()) return schedule();
  shared_.sink.input_dry();
  if (stopping_) finished_ = true;
}

void TailSource::resume() {
  full_ = false;
  schedule();
}

void TailSource::stop() {
  if (stopping_) return;
  stopping_ = true;
  finished_ = !started_;
  loop_.cancel(tick_timer_);
  for (const auto& tail : tails_) dirty_.insert(tail->number());
  schedule();
}

}  // namespace ox
