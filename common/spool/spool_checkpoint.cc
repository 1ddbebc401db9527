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
    delete_segments_before(floor, options_.closer);
    remove_merged_dedup_files();
  }
  tell_released();
  return ok_status();
}

bool Spool::reclaim() {
  if (!on_disk() || failed()) return false;
  const bool freed = options_.closer != nullptr && options_.closer->finish();
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
  delete_segments_before(floor, nullptr);  // the space is wanted now
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

void Spool::delete_segments_before(Position position, FileCloser* closer) {
  std::vector<Segment> gone;
  {
    std::lock_guard lock(mu_);
    // A cursor may have been added since the checkpoint took note of them.
    position = std::min(position, lowest_released());
    // The last segment is being written: it stays.
    while (segments_.size() > 1 && segments_[1].base <= position) {
      gone.push_back(segments_.front());
      segments_.erase(segments_.begin());
    }
    if (gone.empty()) return;
    begin_ = std::max(begin_, segments_.front().base);
  }
  // Should they come back after a crash, the start deletes them again.
  for (const Segment& segment : gone) {
    // Its blocks are freed by the last close. tests/bench/core.py, "link -> collector, --sync none": the files output
    // spent a fifth of the time in unlink().
    auto file = closer != nullptr ? fs_.open(segment.path, FileSystem::Open::kRead)
                                  : Status(Code::kUnavailable, "is removed at once");
    if (Status status = fs_.remove(segment.path); !status.ok())
      log_warning("spool: {}", status.message());
    if (file.ok()) closer->close_later(std::move(*file));
  }
  if (Status status = fs_.sync_directory(options_.path); !status.ok()) fail(status);
}

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
