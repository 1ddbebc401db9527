// How a disk spool starts: find the segments, scan what lies behind the checkpoint, set damage
// aside, cut a torn tail. Starting always succeeds unless the disk itself refuses, or what lies
// there belongs to another spool or a newer program; nothing unknown is overwritten before it was
// copied to <path>/quarantine.
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/spool/spool.h"

namespace ox {

Result<std::unique_ptr<Spool>> Spool::open(FileSystem& fs, const SpoolOptions& options,
                                           const Clock& clock) {
  std::unique_ptr<Spool> spool(new Spool(fs, options, clock));
  if (!spool->on_disk()) {
    spool->id_ = Uuid::random();
    return spool;
  }
  OX_RETURN_IF_ERROR(fs.make_directories(options.path));
  // A process that was killed may have made it without syncing its name. We may not be allowed to
  // open the parent: then it was not we who made the directory.
  (void)fs.sync_directory(directory_of(options.path));
  OX_ASSIGN_OR_RETURN(spool->lock_, fs.lock(join_path(options.path, "lock"),
                                            fmt::format("process {}", ::getpid())));
  if (Status status = spool->recover(); !status.ok()) return status.at("spool " + options.path);
  return spool;
}

Status Spool::recover() {
  OX_ASSIGN_OR_RETURN(checkpoint_, CheckpointFile::open(fs_, options_.path));
  recovery_.checkpoint_damaged = checkpoint_->damaged();
  if (checkpoint_->current() != nullptr) {
    recovered_checkpoint_ = *checkpoint_->current();
    id_ = recovered_checkpoint_->spool_id;
  }
  OX_RETURN_IF_ERROR(list_segments());
  OX_RETURN_IF_ERROR(check_dedup_files());
  bool was_used = !segments_.empty() || !dedup_files_.empty();
  recovery_.checkpoint_lost = was_used && !recovered_checkpoint_ && !checkpoint_->never_written();
  OX_RETURN_IF_ERROR(check_headers());
  OX_RETURN_IF_ERROR(scan_segments());
  (void)remove_spares(nullptr);
  // A process that was killed may have left names that are not synced.
  OX_RETURN_IF_ERROR(fs_.sync_directory(options_.path));
  OX_RETURN_IF_ERROR(checkpoint_->make_slots());
  OX_RETURN_IF_ERROR(recover_dedup_files());
  // A crash may have brought back segments that were deleted.
  const Checkpoint* former = checkpoint_->former();
  if (recovered_checkpoint_ && former != nullptr)
    delete_segments_before(std::min(recovered_checkpoint_->floor(), former->floor()), true);
  recovered_ = true;
  return failed() ? Status(Code::kIo, failure_) : ok_status();
}

Status Spool::list_segments() {
  OX_ASSIGN_OR_RETURN(auto entries, fs_.list(options_.path));
  for (const DirectoryEntry& entry : entries) {
    if (is_spare_name(entry.name)) spares_.push_back({join_path(options_.path, entry.name), 0, 0});
    auto base = parse_segment_name(entry.name);
    if (base && !entry.is_directory)
      segments_.push_back({*base, join_path(options_.path, entry.name), {}, 0});
  }
  std::sort(segments_.begin(), segments_.end(),
            [](const Segment& a, const Segment& b) { return a.base < b.base; });
  return ok_status();
}

// Looks at all headers before anything is changed; then mends or sets aside those that are not
// right.
Status Spool::check_headers() {
  std::vector<std::string> wrong(segments_.size());
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    Segment& segment = segments_[i];
    auto reader = SegmentReader::open(fs_, segment.path);
    if (!reader.ok()) {
      if (reader.status().code() != Code::kCorrupt) return reader.status();
      wrong[i] = reader.status().message();
      continue;
    }
    const SegmentHeader& header = (*reader)->header();
    if (id_.is_nil()) id_ = header.spool_id;
    if (header.spool_id != id_)
      return Status(Code::kInvalid,
                    fmt::format("{} belongs to spool {}, but this is {}", segment.path,
                                header.spool_id.to_string(), id_.to_string()));
    segment.created_at = header.created_at;
    segment.events_before = header.events_before;
    if (header.base != segment.base) wrong[i] = "its header names another position";
  }
  if (id_.is_nil()) id_ = Uuid::random();

  std::vector<Segment> good;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    Segment& segment = segments_[i];
    if (!wrong[i].empty()) {
      OX_RETURN_IF_ERROR(mend_header(segment, good.empty() ? nullptr : &good.back(), wrong[i]));
      if (segment.path.empty()) continue;
    }
    good.push_back(std::move(segment));
  }
  segments_ = std::move(good);
  return ok_status();
}

// Afterwards `segment` can be used, or has no path.
Status Spool::mend_header(Segment& segment, const Segment* before, const std::string& reason) {
  OX_ASSIGN_OR_RETURN(FileInfo info, fs_.info(segment.path));
  if (info.size <= kSegmentHeaderSize) {
    // The crash came while the segment was made: it never held a record.
    recovery_.torn_bytes += info.size;
    OX_RETURN_IF_ERROR(fs_.remove(segment.path));
    segment.path.clear();
    return ok_status();
  }
  auto reader = SegmentReader::open(fs_, segment.path);
  if (reader.ok()) {  // a good header under a wrong name
    OX_ASSIGN_OR_RETURN(std::string aside, quarantine_.take(segment.path));
    log_error("spool: {} cannot be used ({}): set aside as {}", segment.path, reason, aside);
    recovery_.damaged.push_back({segment.path, 0, info.size, reason});
    recovery_.quarantined.push_back(aside);
    segment.path.clear();
    return ok_status();
  }
  // All it says is known from elsewhere, and every record behind it proves itself.
  note_damage({segment.path, 0, kSegmentHeaderSize, reason});
  SegmentHeader header{id_, segment.base, clock_.wall(), 0};
  if (before != nullptr) {
    header.created_at = before->created_at;
    OX_ASSIGN_OR_RETURN(std::uint64_t events, count_events(*before, segment.base));
    header.events_before = before->events_before + events;
  }
  segment.created_at = header.created_at;
  segment.events_before = header.events_before;
  return rewrite_segment_header(fs_, segment.path, header);
}

Result<std::uint64_t> Spool::count_events(const Segment& segment, Position limit) {
  OX_ASSIGN_OR_RETURN(auto reader, SegmentReader::open(fs_, segment.path));
  std::uint64_t events = 0;
  while (true) {
    OX_ASSIGN_OR_RETURN(auto record, reader->next(limit));
    if (!record) return events;
    events += record->batch->event_count();
  }
}

Status Spool::scan_segments() {
  // Records that the dedup snapshot covers need not be learnt again: outputs that still want them
  // read them later. Only the segment in which it ends is read whole, to count.
  Position covered = recovered_checkpoint_ ? recovered_checkpoint_->committed : 0;
  std::size_t first = 0;
  while (first + 1 < segments_.size() && segments_[first + 1].base <= covered) ++first;

  Position end = recovered_checkpoint_ ? recovered_checkpoint_->highest() : 0;
  Position last_end = 0;
  if (!segments_.empty()) {
    scanned_from_ = segments_[first].base;
    for (std::size_t i = first; i < segments_.size(); ++i) {
      bool last = i + 1 == segments_.size();
      Position next_base = last ? 0 : segments_[i + 1].base;
      OX_ASSIGN_OR_RETURN(last_end, scan_segment(segments_[i], next_base, last));
    }
    end = std::max(end, last_end);
  }
  begin_ = segments_.empty() ? end : segments_.front().base;
  end_ = committed_ = end;
  count_for_cursors();
  return segments_.empty() ? ok_status() : open_writer(last_end);
}

// Where the segment ends.
Result<Position> Spool::scan_segment(const Segment& segment, Position next_base, bool last) {
  OX_ASSIGN_OR_RETURN(auto reader, SegmentReader::open(fs_, segment.path));
  OX_ASSIGN_OR_RETURN(Position limit, reader->file_end());
  Position file_end = limit;
  if (!last) limit = std::min(limit, next_base);
  total_events_ = std::max(total_events_, segment.events_before);
  recovered_accept_time_ = segment.created_at;
  while (true) {
    DamagedRange damage;
    OX_ASSIGN_OR_RETURN(auto record, reader->next(limit, &damage));
    if (!record) break;
    if (damage.length > 0) note_damage(damage);
    std::uint32_t events = record->batch->event_count();
    total_events_ += events;
    recovered_accept_time_ = record->accepted_at;
    if (recovered_checkpoint_) {
      for (const auto& [name, cursor] : recovered_checkpoint_->cursors)
        if (cursor.released <= record->position) parked_cursors_[name].pending_events += events;
      if (record->position < recovered_checkpoint_->committed) continue;
    }
    ++recovery_.records;
    const BatchHeader& header = record->batch->header();
    recovered_batches_.push_back({record->batch->id(), header.payload_crc});
  }
  if (last) return end_of_tail(*reader, segment, file_end);
  if (reader->position() < next_base)
    note_damage({segment.path, kSegmentHeaderSize + (reader->position() - segment.base),
                 next_base - reader->position(), "unreadable to the segment's end"});
  return next_base;
}

// What stands behind the last good record of the last segment: bytes that may be cut, or must stay.
Result<Position> Spool::end_of_tail(SegmentReader& reader, const Segment& segment,
                                    Position file_end) {
  Position end = reader.position();
  if (end == file_end) return end;
  std::uint64_t length = file_end - end;
  DamagedRange tail{segment.path, kSegmentHeaderSize + (end - segment.base), length,
                    "no record at the end of the last segment"};
  bool was_committed = recovered_checkpoint_ && end < recovered_checkpoint_->committed;
  OX_ASSIGN_OR_RETURN(bool former, reader.at_former_bytes());
  if (former && !was_committed) return end;
  OX_ASSIGN_OR_RETURN(bool unfinished, reader.at_unfinished_record());
  if (unfinished && !was_committed) {
    log_info("spool: the last append to {} was not finished: {} bytes are cut", segment.path,
             length);
  } else {
    std::size_t copies = recovery_.quarantined.size();
    note_damage(tail);
    // Without a copy, as on a full disk, the bytes stay: the log goes on behind them.
    if (recovery_.quarantined.size() == copies) return file_end;
  }
  recovery_.torn_bytes += length;
  return end;
}

void Spool::note_damage(const DamagedRange& range) {
  recovery_.damaged.push_back(range);
  std::string copy = quarantine(range);
  if (!copy.empty()) recovery_.quarantined.push_back(copy);
}

void Spool::count_for_cursors() {
  if (!recovered_checkpoint_) return;
  for (const auto& [name, cursor] : recovered_checkpoint_->cursors)
    total_events_ = std::max(total_events_, cursor.events_before);
  for (const auto& [name, cursor] : recovered_checkpoint_->cursors) {
    ParkedCursor& parked = parked_cursors_[name];
    parked.released = cursor.released;
    // Those that stand in what was scanned were counted exactly.
    if (cursor.released < scanned_from_)
      parked.pending_events = total_events_ - cursor.events_before;
  }
}

// Goes on in the last segment, cut behind its last good record. Should the checkpoint know of
// records beyond that (the disk lost what was synced), those positions stay unused.
Status Spool::open_writer(Position last_end) {
  const Segment& last = segments_.back();
  OX_ASSIGN_OR_RETURN(writer_, SegmentWriter::resume(fs_, options_.path, last.base, last_end));
  if (end_ == last_end) return ok_status();
  log_error("spool: the checkpoint knows of position {}, but the segments end at {}", end_,
            last_end);
  writer_.reset();  // the next append opens a segment at end_
  return ok_status();
}

}  // namespace ox
