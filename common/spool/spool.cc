#include "common/spool/spool.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/log.h"

namespace ox {

// With four segments in the budget at least, there is always one that can go before it is used up.
static std::uint64_t segment_limit(const SpoolOptions& options) {
  return std::min(options.segment_bytes, options.disk_limit / 4);
}

Spool::Spool(FileSystem& fs, const SpoolOptions& options, const Clock& clock)
    : fs_(fs),
      options_(options),
      clock_(clock),
      segment_bytes_(segment_limit(options)),
      quarantine_(fs, join_path(options.path, "quarantine")) {}

Spool::~Spool() { OX_CHECK(cursors_.empty()); }

std::unique_ptr<Cursor> Spool::add_cursor(const std::string& name, std::function<void()> wake) {
  std::unique_ptr<Cursor> cursor(new Cursor(*this, name));
  cursor->wake_ = std::move(wake);
  std::lock_guard lock(mu_);
  for (const Cursor* other : cursors_) OX_CHECK(name.empty() || other->name() != name);
  if (auto parked = parked_cursors_.extract(name); !parked.empty()) {
    cursor->released_ = parked.mapped().released;
    cursor->pending_events_ = parked.mapped().pending_events;
  } else {
    cursor->released_ = begin_;
    if (!segments_.empty()) cursor->pending_events_ = total_events_ - segments_[0].events_before;
    if (!on_disk())
      for (const SpoolRecord& record : memory_)
        cursor->pending_events_ += record.batch->event_count();
  }
  cursor->position_ = cursor->released_;
  cursors_.push_back(cursor.get());
  return cursor;
}

std::map<std::string, Spool::ParkedCursor> Spool::parked_cursors() const {
  std::lock_guard lock(mu_);
  return parked_cursors_;
}

void Spool::on_release(std::function<void()> f) {
  std::lock_guard lock(release_mu_);
  on_release_ = std::move(f);
}

void Spool::tell_released() {
  std::lock_guard lock(release_mu_);
  if (on_release_) on_release_();
}

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
  return on_disk() ? committed_ : lowest_required();
}

bool Spool::failed() const {
  std::lock_guard lock(mu_);
  return failed_;
}

void Spool::fail(const Status& status) {
  {
    std::lock_guard lock(mu_);
    if (failed_) return;
    failed_ = true;
    failure_ = status.message();
  }
  log_error("spool: {}: nothing more is stored until this is mended and oxd is started again",
            status.message());
  tell_released();  // so that nobody waits for room that will not come
}

std::string Spool::quarantine(const DamagedRange& range) {
  auto copy = quarantine_.copy(range);
  log_error("spool: {} bytes at {} of {} are damaged ({}): {}", range.length, range.file_offset,
            range.segment, range.reason,
            !copy.ok()      ? "they could not be copied: " + copy.status().message()
            : copy->empty() ? "they are missing"
                            : "copied to " + *copy);
  std::lock_guard lock(mu_);
  ++damaged_ranges_;
  return copy.ok() ? *copy : "";
}

Position Spool::lowest_released() const {
  Position lowest = end_;
  for (const Cursor* cursor : cursors_) lowest = std::min(lowest, cursor->released_);
  for (const auto& [name, parked] : parked_cursors_) lowest = std::min(lowest, parked.released);
  return lowest;
}

Position Spool::lowest_required() const {
  Position lowest = end_;
  for (const Cursor* cursor : cursors_)
    if (!cursor->optional_) lowest = std::min(lowest, cursor->released_);
  for (const auto& [name, parked] : parked_cursors_) lowest = std::min(lowest, parked.released);
  return lowest;
}

bool Spool::has_room(std::uint64_t bytes) const {
  std::lock_guard lock(mu_);
  if (!on_disk()) return memory_.empty() || memory_bytes_ + bytes <= options_.memory_limit;
  if (options_.disk_limit == kUnlimited) return true;
  Position oldest = segments_.empty() ? end_ : segments_.front().base;
  return oldest == end_ || end_ - oldest + spare_bytes_ + bytes <= options_.disk_limit;
}

Status Spool::start_segment(const SpoolRecord& first) {
  // A segment is whole on the disk before the next one opens: only the last can have a torn tail.
  // Not only what is not committed yet: with --sync none nothing was synced so far.
  if (writer_ != nullptr) {
    OX_RETURN_IF_ERROR(writer_->sync());
    show_committed(writer_->end());
  }
  SegmentHeader header{id_, first.position, first.accepted_at, 0};
  {
    std::lock_guard lock(mu_);
    header.events_before = total_events_;
  }
  OX_ASSIGN_OR_RETURN(writer_, make_segment(header));
  std::lock_guard lock(mu_);
  segments_.push_back({header.base, join_path(options_.path, segment_name(header.base)),
                       header.created_at, header.events_before});
  if (segments_.size() == 1) begin_ = header.base;
  return ok_status();
}

Result<std::unique_ptr<SegmentWriter>> Spool::make_segment(const SegmentHeader& header) {
  while (true) {
    Spare spare;
    {
      std::lock_guard lock(mu_);
      if (spares_.empty()) break;
      spare = std::move(spares_.back());
      spares_.pop_back();
      spare_bytes_ -= spare.bytes;
    }
    auto reused = SegmentWriter::reuse(fs_, options_.path, header, spare.path);
    if (reused.status().code() != Code::kNotFound) return reused;
  }
  return SegmentWriter::create(fs_, options_.path, header);
}

Result<SpoolRecord> Spool::append_unsynced(BatchPtr batch, WallTime accepted_at) {
  SpoolRecord record;
  record.accepted_at = accepted_at;
  record.batch = std::move(batch);
  {
    std::lock_guard lock(mu_);
    if (failed_) return Status(Code::kIo, "the spool has failed: " + failure_);
    record.position = end_;
  }
  record.end = record.position + record_size(*record.batch);
  if (on_disk()) {
    bool is_full = writer_ == nullptr || (writer_->end() > writer_->base() &&
                                          record.end - writer_->base() > segment_bytes_);
    Status status = is_full ? start_segment(record) : ok_status();
    if (status.ok()) status = writer_->append_unsynced(record);
    if (!status.ok()) {
      if (status.code() != Code::kNoSpace) fail(status);
      return status;
    }
  }
  {
    std::lock_guard lock(mu_);
    std::uint32_t events = record.batch->event_count();
    end_ = record.end;
    memory_.push_back(record);
    memory_bytes_ += record.end - record.position;
    total_events_ += events;
    for (Cursor* cursor : cursors_) cursor->pending_events_ += events;
    for (auto& [name, parked] : parked_cursors_) parked.pending_events += events;
  }
  if (!on_disk()) show_committed(record.end);
  return record;
}

Status Spool::commit() {
  if (!on_disk() || writer_ == nullptr) return ok_status();
  {
    std::lock_guard lock(mu_);
    // What a failed fsync left on the disk cannot be known, and a second one would lie (the kernel
    // forgets the error): stopped for good.
    if (failed_) return Status(Code::kIo, "the spool has failed: " + failure_);
    if (committed_ == end_) return ok_status();
  }
  Position to = writer_->end();
  if (Status status = writer_->sync(); !status.ok()) {
    fail(status);
    return status;
  }
  show_committed(to);
  return ok_status();
}

void Spool::commit_unsynced() {
  if (on_disk() && writer_ != nullptr && !failed()) show_committed(writer_->end());
}

void Spool::show_committed(Position to) {
  std::lock_guard no_cursor_goes(wake_mu_);
  std::vector<Cursor*> cursors;
  {
    std::lock_guard lock(mu_);
    if (to <= committed_) return;
    committed_ = to;
    cursors = cursors_;
    trim_memory();
  }
  for (const Cursor* cursor : cursors)
    if (cursor->wake_) cursor->wake_();
}

void Spool::trim_memory() {
  Position released = lowest_released();
  auto droppable = [&] {
    const SpoolRecord& front = memory_.front();
    if (front.end > committed_) return false;
    return front.end <= released || (on_disk() && (memory_bytes_ > options_.cache_bytes ||
                                                   memory_.size() > options_.cache_records));
  };
  while (!memory_.empty() && droppable()) {
    memory_bytes_ -= memory_.front().end - memory_.front().position;
    memory_.pop_front();
  }
  if (!on_disk()) begin_ = memory_.empty() ? end_ : memory_.front().position;
}

bool Spool::falling_behind(const Cursor& cursor) const {
  const std::uint64_t behind = bytes_behind(cursor);
  return behind > options_.cache_bytes / 2 && behind <= kCatchUp * options_.cache_bytes;
}

std::uint64_t Spool::bytes_behind(const Cursor& cursor) const {
  return committed_ - std::min(committed_, cursor.read_up_to());
}

bool Spool::wait_for_readers(Micros most) {
  if (!on_disk()) return true;
  std::unique_lock lock(mu_);
  std::vector<std::pair<Cursor*, Position>> slow;  // only looked up in cursors_: they may go
  bool in_memory = false;                          // what one of them reads next
  for (Cursor* cursor : cursors_) {
    if (!cursor->waited_for_ || !falling_behind(*cursor)) continue;
    slow.emplace_back(cursor, cursor->read_up_to());
    in_memory = in_memory || bytes_behind(*cursor) <= options_.cache_bytes;
  }
  if (slow.empty()) return true;
  if (!in_memory) most /= 4;
  waits_for_readers_ = true;
  const bool in_time = read_on_.wait_for(lock, most, [this] {
    return failed_ || std::none_of(cursors_.begin(), cursors_.end(), [this](const Cursor* cursor) {
             return cursor->waited_for_ && falling_behind(*cursor);
           });
  });
  waits_for_readers_ = false;
  if (in_time) return true;
  for (Cursor* cursor : cursors_) {
    const auto was = std::find_if(slow.begin(), slow.end(),
                                  [cursor](const auto& entry) { return entry.first == cursor; });
    if (was != slow.end() && was->second == cursor->read_up_to()) cursor->waited_for_ = false;
  }
  return false;
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
    cursor->pending_events_ -=
        std::min<std::uint64_t>(cursor->pending_events_, dropped.batch->event_count());
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

std::deque<SpoolRecord>::const_iterator Spool::find_in_memory(Position position) const {
  auto it =
      std::lower_bound(memory_.begin(), memory_.end(), position,
                       [](const SpoolRecord& record, Position at) { return record.position < at; });
  if (it != memory_.end() && it->position != position && on_disk()) return memory_.end();
  return it;
}

std::optional<SpoolRecord> Spool::cached_at(Position position) const {
  auto it = find_in_memory(position);
  if (it == memory_.end() || it->end > committed_) return std::nullopt;
  return *it;
}

std::optional<Spool::Segment> Spool::segment_at(Position position, Position* segment_end) const {
  auto it = std::upper_bound(segments_.begin(), segments_.end(), position,
                             [](Position at, const Segment& segment) { return at < segment.base; });
  if (it == segments_.begin()) return std::nullopt;
  *segment_end = it == segments_.end() ? end_ : it->base;
  return *std::prev(it);
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
  stats.damaged_ranges = damaged_ranges_;
  stats.failed = failed_;
  stats.reason = failure_;
  return stats;
}

}  // namespace ox
