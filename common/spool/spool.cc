#include "common/spool/spool.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/log.h"

namespace ox {

Spool::~Spool() { OX_CHECK(cursors_.empty()); }

std::unique_ptr<Cursor> Spool::add_cursor(const std::string& name, std::function<void()> wake) {
  std::unique_ptr<Cursor> cursor(new Cursor(*this, name));
  cursor->wake_ = std::move(wake);
  std::lock_guard lock(mu_);
  Position start = begin_;
  if (auto parked = parked_cursors_.extract(name); !parked.empty())
    start = std::clamp(parked.mapped(), begin_, end_);
  cursor->position_ = start;
  cursor->released_ = start;
  for (const RecoveredRecord& record : recovered_records_)
    if (record.position >= start) cursor->pending_events_ += record.events;
  if (recovered_records_.empty())
    for (const SpoolRecord& record : memory_)
      if (record.position >= start) cursor->pending_events_ += record.batch->event_count();
  cursors_.push_back(cursor.get());
  return cursor;
}

Status Spool::discard_cursor(const std::string& name) {
  std::lock_guard lock(mu_);
  if (parked_cursors_.erase(name) == 0)
    return Status(Code::kNotFound, fmt::format("no output '{}' is waiting to be discarded", name));
  return ok_status();
}

std::map<std::string, Position> Spool::parked_cursors() const {
  std::lock_guard lock(mu_);
  return parked_cursors_;
}

void Spool::on_release(std::function<void()> f) { on_release_ = std::move(f); }

Position Spool::begin() const {
  std::lock_guard lock(mu_);
  return begin_;
}

Position Spool::end() const {
  std::lock_guard lock(mu_);
  return end_;
}

Position Spool::committed() const {
  std::lock_guard lock(mu_);
  return committed_;
}

Position Spool::safe_position() const {
  std::lock_guard lock(mu_);
  return on_disk() ? committed_ : lowest_released();
}

bool Spool::failed() const {
  std::lock_guard lock(mu_);
  return failed_;
}

void Spool::fail(const Status& status) {
  std::lock_guard lock(mu_);
  if (failed_) return;
  failed_ = true;
  failure_ = status.message();
  log_error("spool: {}: nothing more is stored until this is mended and oxd is started again",
            status.message());
}

Position Spool::lowest_released() const {
  Position lowest = end_;
  for (const Cursor* cursor : cursors_) lowest = std::min(lowest, cursor->released_);
  for (const auto& [name, position] : parked_cursors_) lowest = std::min(lowest, position);
  return lowest;
}

bool Spool::has_room(std::uint64_t bytes) const {
  std::lock_guard lock(mu_);
  if (!on_disk()) return memory_.empty() || memory_bytes_ + bytes <= options_.memory_limit;
  if (options_.disk_limit == kUnlimited) return true;
  Position oldest = segments_.empty() ? end_ : segments_.front().base;
  return oldest == end_ || end_ - oldest + bytes <= options_.disk_limit;
}

Status Spool::start_segment(Position base) {
  if (writer_ != nullptr) {
    // A segment is whole on the disk before the next one opens: only the last can have a torn tail.
    if (Status status = writer_->sync(); !status.ok()) {
      fail(status);
      return status;
    }
    show_committed(writer_->end());
  }
  OX_ASSIGN_OR_RETURN(auto writer,
                      SegmentWriter::create(fs_, options_.path, id_, base, clock_.wall()));
  writer_ = std::move(writer);
  std::lock_guard lock(mu_);
  segments_.push_back({base, join_path(options_.path, segment_name(base))});
  return ok_status();
}

Result<SpoolRecord> Spool::append_unsynced(BatchPtr batch, WallTime accepted_at) {
  SpoolRecord record;
  record.accepted_at = accepted_at;
  record.position = end();
  record.end = record.position + record_size(*batch);
  record.batch = std::move(batch);
  if (on_disk()) {
    if (failed()) return Status(Code::kIo, "the spool has failed: " + stats().reason);
    bool is_full = writer_ == nullptr || (writer_->end() > writer_->base() &&
                                          record.end - writer_->base() > options_.segment_bytes);
    Status status = is_full ? start_segment(record.position) : ok_status();
    if (status.ok()) status = writer_->append_unsynced({record});
    if (!status.ok()) {
      if (status.code() != Code::kNoSpace) fail(status);
      return status;
    }
  }
  {
    std::lock_guard lock(mu_);
    end_ = record.end;
    memory_.push_back(record);
    memory_bytes_ += record.end - record.position;
    for (Cursor* cursor : cursors_) cursor->pending_events_ += record.batch->event_count();
  }
  if (!on_disk()) show_committed(record.end);
  return record;
}

Status Spool::commit() {
  if (!on_disk() || writer_ == nullptr) return ok_status();
  Position to = writer_->end();
  if (to == committed()) return ok_status();
  if (Status status = writer_->sync(); !status.ok()) {
    // What the failed fsync left on the disk cannot be known, and a second one would lie (the kernel
    // forgets the error): stop for good.
    fail(status);
    return status;
  }
  show_committed(to);
  return ok_status();
}

void Spool::commit_unsynced() {
  if (on_disk() && writer_ != nullptr) show_committed(writer_->end());
}

void Spool::show_committed(Position to) {
  std::vector<std::function<void()>> wakes;
  {
    std::lock_guard lock(mu_);
    if (to <= committed_) return;
    committed_ = to;
    for (const Cursor* cursor : cursors_)
      if (cursor->wake_) wakes.push_back(cursor->wake_);
    trim_memory();
  }
  for (const auto& wake : wakes) wake();
}

void Spool::trim_memory() {
  Position released = lowest_released();
  auto droppable = [&] {
    const SpoolRecord& front = memory_.front();
    if (front.end > committed_) return false;
    return front.end <= released || (on_disk() && memory_bytes_ > options_.cache_bytes);
  };
  while (!memory_.empty() && droppable()) {
    memory_bytes_ -= memory_.front().end - memory_.front().position;
    memory_.pop_front();
  }
  if (!on_disk()) begin_ = memory_.empty() ? end_ : memory_.front().position;
}

std::optional<SpoolRecord> Spool::drop_oldest(const std::function<bool(Position end)>& may_drop) {
  std::lock_guard lock(mu_);
  if (on_disk()) return std::nullopt;
  // What a cursor has taken may be on its way and acknowledged in a moment: it goes last.
  Position taken = begin_;
  for (const Cursor* cursor : cursors_)
    if (!cursor->taken_.empty()) taken = std::max(taken, cursor->taken_.back().end);
  auto find = [&](Position from) {
    return std::find_if(memory_.begin(), memory_.end(), [&](const SpoolRecord& record) {
      return record.position >= from && may_drop(record.end);
    });
  };
  auto victim = find(taken);
  if (victim == memory_.end()) victim = find(begin_);
  if (victim == memory_.end()) return std::nullopt;
  SpoolRecord dropped = *victim;
  for (Cursor* cursor : cursors_) {
    if (cursor->released_ > dropped.position) continue;
    cursor->pending_events_ -= dropped.batch->event_count();
    std::size_t was_taken = std::erase_if(cursor->taken_, [&](const Cursor::Taken& taken_record) {
      return taken_record.position == dropped.position;
    });
    if (was_taken == 0) cursor->skipped_events_ += dropped.batch->event_count();
  }
  memory_bytes_ -= dropped.end - dropped.position;
  memory_.erase(victim);
  trim_memory();
  return dropped;
}

std::optional<SpoolRecord> Spool::cached_at(Position position) const {
  auto it = std::lower_bound(
      memory_.begin(), memory_.end(), position,
      [](const SpoolRecord& record, Position at) { return record.position < at; });
  if (it == memory_.end() || it->end > committed_) return std::nullopt;
  // In memory, a position without a record is one that was dropped: the next record follows it.
  if (it->position != position && on_disk()) return std::nullopt;
  return *it;
}

std::optional<Spool::Segment> Spool::segment_at(Position position, Position* segment_end) const {
  auto it = std::upper_bound(
      segments_.begin(), segments_.end(), position,
      [](Position at, const Segment& segment) { return at < segment.base; });
  if (it == segments_.begin()) return std::nullopt;
  *segment_end = it == segments_.end() ? end_ : it->base;
  return *std::prev(it);
}

Status Spool::write_checkpoint(const std::string& dedup, Position dedup_position,
                               const std::string& store, Position store_position, Micros uptime) {
  if (!on_disk()) return ok_status();
  Checkpoint next;
  next.spool_id = id_;
  next.committed = dedup_position;
  next.store_position = store_position;
  next.dedup = dedup;
  next.store = store;
  next.uptime = uptime;
  Position floor = std::min(dedup_position, store_position);
  {
    std::lock_guard lock(mu_);
    next.cursors = parked_cursors_;
    for (const Cursor* cursor : cursors_) next.cursors[cursor->name()] = cursor->released_;
  }
  for (const auto& [name, position] : next.cursors) floor = std::min(floor, position);
  std::lock_guard lock(checkpoint_mu_);
  OX_RETURN_IF_ERROR(checkpoint_->write(next));
  // The older slot must stay usable: what it needs goes only with the next checkpoint.
  delete_segments_before(std::min(floor, former_floor_));
  former_floor_ = floor;
  return ok_status();
}

void Spool::delete_segments_before(Position position) {
  std::vector<Segment> gone;
  {
    std::lock_guard lock(mu_);
    // The last segment is being written: it stays.
    while (segments_.size() > 1 && segments_[1].base <= position) {
      gone.push_back(segments_.front());
      segments_.erase(segments_.begin());
    }
    if (!gone.empty()) begin_ = std::max(begin_, segments_.front().base);
  }
  for (const Segment& segment : gone) {
    if (Status status = fs_.remove(segment.path); !status.ok())
      log_warning("spool: {}", status.message());  // found again, and removed, at the next start
  }
  if (!gone.empty() && on_release_) on_release_();
}

SpoolStats Spool::stats() const {
  std::lock_guard lock(mu_);
  SpoolStats stats;
  stats.on_disk = on_disk();
  stats.limit = on_disk() ? options_.disk_limit : options_.memory_limit;
  Position oldest = segments_.empty() ? end_ : segments_.front().base;
  stats.bytes = on_disk() ? end_ - oldest : memory_bytes_;
  stats.memory_bytes = memory_bytes_;
  stats.batches = memory_.size();
  for (const SpoolRecord& record : memory_) stats.events += record.batch->event_count();
  stats.failed = failed_;
  stats.reason = failure_;
  return stats;
}

}  // namespace ox
