#include "oxd/statistics.h"

namespace ox {

void RecentFigures::add(std::string_view name, const EventFigures& more) {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    if (entries_.size() >= limit_) {
      by_name_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(std::string(name), EventFigures{});
    found = by_name_.emplace(entries_.front().first, entries_.begin()).first;
  } else {
    entries_.splice(entries_.begin(), entries_, found->second);
  }
  EventFigures& figures = found->second->second;
  if (more.count > 0) figures.last = more.last;
  figures.count += more.count;
  figures.bytes += more.bytes;
  figures.dropped += more.dropped;
}

void Statistics::accepted(const SpoolRecord& record) {
  std::lock_guard lock(mu_);
  std::optional<double> newest;
  for (const PairSummary& pair : record.batch->pairs()) {
    EventFigures more{pair.last_end, pair.count, pair.body_bytes, 0};
    types_.add(pair.type, more);
    hosts_.add(pair.host, more);
    if (!newest || pair.last_end > *newest) newest = pair.last_end;
  }
  if (newest) {
    last_ = to_seconds(record.accepted_at);
    lag_ = *last_ - *newest;
  }
  events_ += record.batch->event_count();
}

void Statistics::dropped(const Batch& batch) {
  std::lock_guard lock(mu_);
  for (const PairSummary& pair : batch.pairs()) {
    EventFigures more{0, 0, 0, pair.count};
    types_.add(pair.type, more);
    hosts_.add(pair.host, more);
  }
}

Statistics::Snapshot Statistics::snapshot() const {
  std::lock_guard lock(mu_);
  Snapshot snapshot;
  snapshot.last = last_;
  snapshot.lag = lag_;
  snapshot.events = events_;
  snapshot.types = types_.entries();
  snapshot.hosts = hosts_.entries();
  return snapshot;
}

}  // namespace ox
