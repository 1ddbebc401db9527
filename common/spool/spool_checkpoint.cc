// How a disk spool remembers how far its outputs came, and gets rid of what all of them are past.
// Segments go only when both slots of the checkpoint are past them: should one of the slots be
// lost, the other still finds everything it needs.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/spool/spool.h"

namespace ox {

void Spool::refresh_cursors(Checkpoint& checkpoint) const {
  std::lock_guard lock(mu_);
  checkpoint.cursors.clear();
  auto add = [&](const std::string& name, Position released, std::uint64_t pending) {
    checkpoint.cursors[name] = {released, total_events_ - std::min(pending, total_events_)};
  };
  for (const auto& [name, parked] : parked_cursors_)
    add(name, parked.released, parked.pending_events);
  for (const Cursor* cursor : cursors_)
    if (!cursor->name_.empty()) add(cursor->name_, cursor->released_, cursor->pending_events_);
}

Status Spool::write_slot(const Checkpoint& checkpoint) {
  if (failed()) return Status(Code::kIo, "the spool has failed: no checkpoint is written");
  Status status = checkpoint_->write(checkpoint);
  if (!status.ok() && status.code() != Code::kNoSpace) fail(status);
  return status;
}

Status Spool::write_checkpoint(const std::string& dedup, Position dedup_position,
                               const std::string& store, Position store_position, Micros uptime) {
  if (!on_disk()) return ok_status();
  OX_ASSIGN_OR_RETURN(auto dedup_files, Dedup::files_of(dedup));
  Position floor = 0;
  {
    std::lock_guard one_at_a_time(checkpoint_mu_);
    if (!spilled_->has_files(dedup_files))
      return Status(Code::kInvalid, "a dedup snapshot older than one that was written");
    Checkpoint next;
    next.spool_id = id_;
    next.committed = dedup_position;
    next.store_position = store_position;
    next.dedup = dedup;
    next.store = store;
    next.uptime = uptime;
    refresh_cursors(next);
    OX_RETURN_IF_ERROR(write_slot(next));
    if (const Checkpoint* former = checkpoint_->former())
      floor = std::min(next.floor(), former->floor());
    delete_segments_before(floor, false);
    remove_merged_dedup_files();
  }
  tell_released();
  return ok_status();
}

bool Spool::reclaim() {
  if (!on_disk() || failed()) return false;
  bool freed = remove_spares(nullptr);
  freed = (options_.closer != nullptr && options_.closer->finish()) || freed;
  std::lock_guard one_at_a_time(checkpoint_mu_);
  if (checkpoint_->current() == nullptr) return freed;
  Checkpoint next = *checkpoint_->current();
  refresh_cursors(next);
  Position floor = next.floor();
  bool everything = false;
  {
    std::lock_guard lock(mu_);
    if (segments_.empty()) return freed;
    everything = floor >= end_ && segments_.back().base < end_;
    if (!everything && (segments_.size() < 2 || segments_[1].base > floor)) return freed;
  }
  if (!write_slot(next).ok() || !write_slot(next).ok()) return freed;
  delete_segments_before(floor, true);
  if (!everything) return true;
  // Even the last segment holds nothing that is needed: the next record opens a new one.
  writer_.reset();
  std::string last;
  {
    std::lock_guard lock(mu_);
    last = segments_.back().path;
    segments_.clear();
    begin_ = end_;
  }
  if (Status status = fs_.remove(last); !status.ok()) log_warning("spool: {}", status.message());
  return true;
}

void Spool::delete_segments_before(Position position, bool space_wanted) {
  std::vector<Segment> gone;
  std::vector<Spare> spares;
  {
    std::lock_guard lock(mu_);
    // A cursor may have been added since the checkpoint took note of them.
    position = std::min(position, lowest_released());
    // The last segment is being written: it stays.
    auto kept = segments_.begin();
    while (segments_.end() - kept > 1 && std::next(kept)->base <= position) ++kept;
    if (kept == segments_.begin()) return;
    begin_ = std::max(begin_, kept->base);
    if (!space_wanted) spares = pick_spares(kept);
    for (auto segment = segments_.begin(); segment != kept; ++segment) {
      const bool is_spare = std::any_of(spares.begin(), spares.end(), [&](const Spare& spare) {
        return spare.base == segment->base;
      });
      if (!is_spare) gone.push_back(std::move(*segment));
    }
    segments_.erase(segments_.begin(), kept);
  }
  // Should they come back after a crash, the start deletes them again.
  for (const Segment& segment : gone)
    remove_file(segment.path, space_wanted ? nullptr : options_.closer);
  for (const Spare& spare : spares) {
    const std::string former = join_path(options_.path, segment_name(spare.base));
    if (Status status = fs_.rename(former, spare.path); !status.ok())
      log_warning("spool: {}", status.message());
  }
  if (Status status = fs_.sync_directory(options_.path); !status.ok()) return fail(status);
  // Only now: a segment must not hold what another one's name says.
  std::lock_guard lock(mu_);
  for (Spare& spare : spares) {
    spare_bytes_ += spare.bytes;
    spares_.push_back(std::move(spare));
  }
}

// Of the segments before `kept`, those that came and went fast, as in a flood: their files become new segments.
std::vector<Spool::Spare> Spool::pick_spares(std::vector<Segment>::const_iterator kept) const {
  std::vector<Spare> spares;
  // With so many more, what is there must still be far from using up the budget.
  std::uint64_t room = options_.disk_limit / 2;
  room -= std::min(room, end_ - kept->base + spare_bytes_);
  for (auto segment = segments_.begin(); segment != kept; ++segment) {
    const auto next = std::next(segment);
    const std::uint64_t bytes = next->base - segment->base;
    if (spares_.size() + spares.size() >= options_.spare_segments) break;
    if (next->created_at - segment->created_at >= kShortLived || bytes > room) continue;
    room -= bytes;
    spares.push_back({join_path(options_.path, spare_name(segment->base)), segment->base, bytes});
  }
  return spares;
}

void Spool::remove_file(const std::string& path, FileCloser* closer) {
  // Its blocks are freed by the last close. tests/bench/core.py, "link -> collector, --sync none": the files output
  // spent a fifth of the time in unlink().
  auto file = closer != nullptr ? fs_.open(path, FileSystem::Open::kRead)
                                : Status(Code::kUnavailable, "is removed at once");
  if (Status status = fs_.remove(path); !status.ok()) log_warning("spool: {}", status.message());
  if (file.ok()) closer->close_later(std::move(*file));
}

bool Spool::remove_spares(FileCloser* closer) {
  std::vector<Spare> spares;
  {
    std::lock_guard lock(mu_);
    spares.swap(spares_);
    spare_bytes_ = 0;
  }
  for (const Spare& spare : spares) remove_file(spare.path, closer);
  return !spares.empty();
}

void Spool::remove_spares() { (void)remove_spares(options_.closer); }

Status Spool::discard_cursor(const std::string& name) {
  {
    std::lock_guard one_at_a_time(checkpoint_mu_);
    {
      std::lock_guard lock(mu_);
      if (parked_cursors_.erase(name) == 0)
        return Status(Code::kNotFound,
                      fmt::format("no output '{}' is waiting to be discarded", name));
    }
    if (checkpoint_ != nullptr && checkpoint_->current() != nullptr) {
      Checkpoint next = *checkpoint_->current();
      refresh_cursors(next);
      OX_RETURN_IF_ERROR(write_slot(next));
    }
  }
  tell_released();
  return ok_status();
}

}  // namespace ox
