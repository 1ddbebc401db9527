#include <algorithm>

#include <fmt/format.h>

#include "common/spool/spool.h"

namespace ox {

Cursor::~Cursor() {
  {
    std::lock_guard no_wake_is_running(spool_.wake_mu_);
    std::lock_guard lock(spool_.mu_);
    std::erase(spool_.cursors_, this);
    // On disk an output's data waits for it to come back; in memory nobody else could ask for it.
    if (spool_.on_disk() && !name_.empty())
      spool_.parked_cursors_[name_] = {released_, pending_events_};
    spool_.trim_memory();
  }
  spool_.tell_released();
}

void Cursor::taken(const SpoolRecord& record) {
  position_ = record.end;
  taken_.push_back({record.position, record.end, record.batch->event_count(), record.accepted_at});
  waited_for_ = true;
  if (spool_.waits_for_readers_) spool_.read_on_.notify_one();
}

Result<std::optional<SpoolRecord>> Cursor::next() {
  while (true) {
    Position limit = 0;
    std::optional<Spool::Segment> segment;
    {
      std::lock_guard lock(spool_.mu_);
      position_ = std::max(position_, released_);
      if (position_ >= spool_.committed_) return std::optional<SpoolRecord>();
      if (auto cached = spool_.cached_at(position_)) {
        reader_.reset();
        taken(*cached);
        return cached;
      }
      if (!spool_.on_disk()) return std::optional<SpoolRecord>();
      segment = spool_.segment_at(position_, &limit);
      limit = std::min(spool_.committed_, limit);
    }
    if (!segment) return Status(Code::kIo, fmt::format("no segment holds position {}", position_));
    if (reader_ == nullptr || reader_->base() != segment->base) {
      auto opened = SegmentReader::open(spool_.fs_, segment->path);
      if (!opened.ok() && passed_over(position_)) continue;  // and the segment has gone
      if (!opened.ok()) return opened.status();
      reader_ = std::move(opened).value();
    }
    reader_->seek(position_);
    DamagedRange damage;
    auto read = reader_->next(limit, &damage);
    // Its file may be another segment's by now.
    if ((!read.ok() || !*read || damage.length > 0) && passed_over(position_)) continue;
    OX_ASSIGN_OR_RETURN(std::optional<SpoolRecord> record, std::move(read));
    // Without a record the rest of this segment cannot be read, though it was committed.
    Position good = record ? record->position : limit;
    if (!record)
      damage = {segment->path, kSegmentHeaderSize + (position_ - segment->base), limit - position_,
                "committed records that cannot be read"};
    if (good > position_ && good > told_until_) {
      spool_.quarantine(damage);
      position_ = told_until_ = good;
      return Status(Code::kCorrupt, fmt::format("{} bytes of {} cannot be read ({}): passed over",
                                                damage.length, damage.segment, damage.reason));
    }
    position_ = good;
    if (!record) continue;
    std::lock_guard lock(spool_.mu_);
    if (record->position < released_) continue;  // passed over in the meantime
    taken(*record);
    return record;
  }
}

bool Cursor::passed_over(Position position) const {
  std::lock_guard lock(spool_.mu_);
  return position < released_;
}

void Cursor::release(Position position) {
  // What was not taken yet must be taken off the count of pending events all the same.
  while (position_ < position && position < spool_.end()) {
    auto record = next();
    if (record.ok() ? !*record : record.status().code() != Code::kCorrupt) break;
  }
  {
    std::lock_guard lock(spool_.mu_);
    OX_CHECK(position <= spool_.end_);
    if (position <= released_) return;
    released_ = position;
    while (!taken_.empty() && taken_.front().end <= position) {
      pending_events_ -= std::min<std::uint64_t>(pending_events_, taken_.front().events);
      taken_.pop_front();
    }
    if (released_ == spool_.end_) pending_events_ = 0;
    spool_.trim_memory();
  }
  spool_.tell_released();
}

void Cursor::seek(Position position) {
  std::lock_guard lock(spool_.mu_);
  OX_CHECK(position >= released_);
  while (!taken_.empty() && taken_.back().position >= position) taken_.pop_back();
  position_ = position;
  reader_.reset();
}

Position Cursor::released() const {
  std::lock_guard lock(spool_.mu_);
  return released_;
}

std::uint64_t Cursor::pending_bytes() const {
  std::lock_guard lock(spool_.mu_);
  if (spool_.on_disk()) return spool_.end_ - released_;
  std::uint64_t bytes = 0;  // without those that were dropped
  for (auto it = spool_.memory_.rbegin(); it != spool_.memory_.rend() && it->position >= released_;
       ++it)
    bytes += it->end - it->position;
  return bytes;
}

std::uint64_t Cursor::pending_events() const {
  std::lock_guard lock(spool_.mu_);
  return pending_events_;
}

std::uint64_t Cursor::skipped_events() const {
  std::lock_guard lock(spool_.mu_);
  return skipped_events_;
}

void Cursor::set_optional(bool optional) {
  {
    std::lock_guard lock(spool_.mu_);
    optional_ = optional;
  }
  spool_.tell_released();
}

std::uint64_t Cursor::passed_over_events() const {
  std::lock_guard lock(spool_.mu_);
  return passed_over_;
}

std::optional<WallTime> Cursor::oldest_pending() const {
  std::lock_guard lock(spool_.mu_);
  if (released_ >= spool_.end_) return std::nullopt;
  if (!taken_.empty()) return taken_.front().accepted_at;
  if (auto cached = spool_.find_in_memory(released_); cached != spool_.memory_.end())
    return cached->accepted_at;
  Position ignored = 0;
  if (auto segment = spool_.segment_at(released_, &ignored)) return segment->created_at;
  return std::nullopt;
}

}  // namespace ox
