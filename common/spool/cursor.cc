#include <fmt/format.h>

#include <algorithm>

#include "common/base/log.h"
#include "common/spool/spool.h"

namespace ox {

Cursor::~Cursor() {
  {
    std::lock_guard lock(spool_.mu_);
    std::erase(spool_.cursors_, this);
    // On disk an output's data waits for it to come back; in memory nobody else could ask for it.
    if (spool_.on_disk() && !name_.empty()) spool_.parked_cursors_[name_] = released_;
    spool_.trim_memory();
  }
  if (spool_.on_release_) spool_.on_release_();
}

Result<std::optional<SpoolRecord>> Cursor::next() {
  Position limit = 0;
  std::optional<Spool::Segment> segment;
  while (true) {
    Position segment_end = 0;
    {
      std::lock_guard lock(spool_.mu_);
      position_ = std::max(position_, released_);  // drop_oldest() may have moved on
      if (position_ >= spool_.committed_) return std::optional<SpoolRecord>();
      if (auto cached = spool_.cached_at(position_)) {
        position_ = cached->end;
        reader_.reset();
        taken_.push_back(
            {cached->position, cached->end, cached->batch->event_count(), cached->accepted_at});
        return cached;
      }
      if (!spool_.on_disk()) return std::optional<SpoolRecord>();
      segment = spool_.segment_at(position_, &segment_end);
      limit = std::min(spool_.committed_, segment_end);
    }
    if (!segment)
      return Status(Code::kIo, fmt::format("no segment holds position {}", position_));
    if (reader_ == nullptr || reader_->base() != segment->base) {
      auto opened = SegmentReader::open(spool_.fs_, segment->path);
      if (!opened.ok()) return opened.status();
      reader_ = std::move(opened).value();
    }
    if (reader_->position() != position_) reader_->seek(position_);
    std::vector<DamagedRange> damaged;
    auto record = reader_->next(limit, &damaged);
    if (!record.ok()) return record.status();
    for (const DamagedRange& range : damaged) spool_.quarantine(range);
    if (record->has_value()) {
      position_ = (*record)->end;
      std::lock_guard lock(spool_.mu_);
      taken_.push_back({(*record)->position, (*record)->end, (*record)->batch->event_count(),
                        (*record)->accepted_at});
      return record;
    }
    // The rest of this segment cannot be read, though it was committed.
    spool_.quarantine({segment->path, kSegmentHeaderSize + (position_ - segment->base),
                       limit - position_, "committed records that cannot be read"});
    position_ = limit;
  }
}

void Cursor::release(Position position) {
  {
    std::lock_guard lock(spool_.mu_);
    if (position <= released_) return;
    released_ = position;
    while (!taken_.empty() && taken_.front().end <= position) {
      pending_events_ -= std::min<std::uint64_t>(pending_events_, taken_.front().events);
      taken_.pop_front();
    }
    spool_.trim_memory();
  }
  if (spool_.on_release_) spool_.on_release_();
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
  return spool_.end_ - released_;
}

std::uint64_t Cursor::pending_events() const {
  std::lock_guard lock(spool_.mu_);
  return pending_events_;
}

std::uint64_t Cursor::skipped_events() const {
  std::lock_guard lock(spool_.mu_);
  return skipped_events_;
}

std::optional<WallTime> Cursor::oldest_pending() const {
  std::lock_guard lock(spool_.mu_);
  if (released_ >= spool_.end_) return std::nullopt;
  if (!taken_.empty()) return taken_.front().accepted_at;
  if (auto cached = spool_.cached_at(released_)) return cached->accepted_at;
  return std::nullopt;
}

}  // namespace ox
