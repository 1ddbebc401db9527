// How a disk spool starts: find the segments, scan what lies behind the checkpoint, set damage aside,
// cut a torn tail. Starting always succeeds unless the disk itself refuses; nothing unknown is
// overwritten before it was copied to <path>/quarantine.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

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
  OX_ASSIGN_OR_RETURN(
      spool->lock_, fs.lock(join_path(options.path, "lock"), fmt::format("process {}", ::getpid())));
  if (Status status = spool->recover(); !status.ok()) return status.at("spool " + options.path);
  return spool;
}

Status Spool::recover() {
  OX_ASSIGN_OR_RETURN(checkpoint_, CheckpointFile::open(fs_, options_.path));
  recovery_.checkpoint_damaged = checkpoint_->damaged();
  if (checkpoint_->current() != nullptr) recovered_checkpoint_ = *checkpoint_->current();
  OX_RETURN_IF_ERROR(list_segments());
  recovery_.checkpoint_lost = !segments_.empty() && !recovered_checkpoint_;
  id_ = recovered_checkpoint_ ? recovered_checkpoint_->spool_id : Uuid{};
  if (recovered_checkpoint_) parked_cursors_ = recovered_checkpoint_->cursors;
  OX_RETURN_IF_ERROR(scan_segments());
  if (id_.is_nil()) id_ = Uuid::random();
  return ok_status();
}

Status Spool::list_segments() {
  OX_ASSIGN_OR_RETURN(auto entries, fs_.list(options_.path));
  for (const DirectoryEntry& entry : entries) {
    if (auto base = parse_segment_name(entry.name))
      segments_.push_back({*base, join_path(options_.path, entry.name)});
  }
  std::sort(segments_.begin(), segments_.end(),
            [](const Segment& a, const Segment& b) { return a.base < b.base; });
  return ok_status();
}

Status Spool::scan_segments() {
  // Records before this are known to the dedup snapshot and released by the store; the other cursors
  // may still want them, but nothing about them needs to be learnt now.
  Position from = 0;
  if (recovered_checkpoint_)
    from = std::min(recovered_checkpoint_->committed, recovered_checkpoint_->store_position);
  for (const auto& [name, position] : parked_cursors_) from = std::min(from, position);

  Position end = recovered_checkpoint_ ? recovered_checkpoint_->committed : 0;
  Position last_end = 0;
  std::vector<Segment> good;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    bool last = i + 1 == segments_.size();
    if (!last && segments_[i + 1].base <= from) {
      good.push_back(segment);  // wholly behind us: not even opened
      continue;
    }
    Position good_end = segment.base;
    Status status = scan_segment(segment, from, last, &good_end);
    if (status.code() == Code::kCorrupt) {
      OX_RETURN_IF_ERROR(set_aside(segment, status.message()));
      continue;
    }
    OX_RETURN_IF_ERROR(status);
    good.push_back(segment);
    last_end = last ? good_end : segments_[i + 1].base;
    end = std::max(end, last_end);
  }
  segments_ = std::move(good);
  begin_ = segments_.empty() ? end : segments_.front().base;
  end_ = end;
  committed_ = end;
  former_floor_ = begin_;
  if (segments_.empty()) return ok_status();

  // Go on in the last segment, cut behind its last good record. Should a checkpoint know of records
  // beyond that (the disk lost what was synced), those positions stay unused.
  const Segment& last = segments_.back();
  if (end > last_end) {
    log_error("spool: the checkpoint covers position {}, but the segments end at {}", end, last_end);
    OX_RETURN_IF_ERROR(SegmentWriter::resume(fs_, options_.path, last.base, last_end).status());
    return ok_status();  // the next append opens a segment at `end`
  }
  OX_ASSIGN_OR_RETURN(writer_, SegmentWriter::resume(fs_, options_.path, last.base, end));
  return ok_status();
}

Status Spool::scan_segment(const Segment& segment, Position from, bool last, Position* good_end) {
  OX_ASSIGN_OR_RETURN(auto reader, SegmentReader::open(fs_, segment.path));
  if (reader->base() != segment.base)
    return Status(Code::kCorrupt, "its header names another position");
  if (id_.is_nil()) id_ = reader->spool_id();
  if (reader->spool_id() != id_) return Status(Code::kCorrupt, "it belongs to another spool");
  OX_ASSIGN_OR_RETURN(FileInfo info, fs_.info(segment.path));
  Position file_end = segment.base + (info.size - kSegmentHeaderSize);
  if (from > segment.base && from <= file_end) reader->seek(from);
  while (true) {
    std::vector<DamagedRange> damaged;
    OX_ASSIGN_OR_RETURN(auto record, reader->next(file_end, &damaged));
    for (const DamagedRange& range : damaged) quarantine(range);
    if (!record) break;
    ++recovery_.records;
    recovered_ids_.push_back(record->batch->id());
    recovered_records_.push_back({record->position, record->batch->event_count()});
  }
  *good_end = reader->position();
  if (file_end == reader->position()) return ok_status();
  DamagedRange tail{segment.path, kSegmentHeaderSize + (reader->position() - segment.base),
                    file_end - reader->position(),
                    last ? "a torn tail" : "unreadable to the segment's end"};
  quarantine(tail);
  if (last) recovery_.torn_bytes += tail.length;
  return ok_status();
}

Status Spool::set_aside(const Segment& segment, const std::string& reason) {
  std::string directory = join_path(options_.path, "quarantine");
  OX_RETURN_IF_ERROR(fs_.make_directories(directory));
  std::string to = join_path(directory, base_name(segment.path));
  OX_RETURN_IF_ERROR(fs_.rename(segment.path, to));
  OX_RETURN_IF_ERROR(fs_.sync_directory(directory));
  OX_RETURN_IF_ERROR(fs_.sync_directory(options_.path));
  log_error("spool: {} cannot be used ({}): set aside as {}", segment.path, reason, to);
  recovery_.damaged.push_back({segment.path, 0, 0, reason});
  recovery_.quarantined.push_back(to);
  return ok_status();
}

void Spool::quarantine(const DamagedRange& range) {
  std::string directory = join_path(options_.path, "quarantine");
  std::string to = join_path(
      directory, fmt::format("{}.{}+{}", base_name(range.segment), range.file_offset, range.length));
  auto copy = [&]() -> Status {
    OX_RETURN_IF_ERROR(fs_.make_directories(directory));
    OX_ASSIGN_OR_RETURN(auto from, fs_.open(range.segment, FileSystem::Open::kRead));
    OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(*from, range.file_offset, range.length));
    OX_ASSIGN_OR_RETURN(auto file, fs_.open(to, FileSystem::Open::kOpenOrCreate));
    OX_RETURN_IF_ERROR(write_all(*file, bytes, 0));
    OX_RETURN_IF_ERROR(file->sync_data());
    return fs_.sync_directory(directory);
  };
  Status status = copy();
  log_error("spool: {} bytes at {} of {} are damaged ({}): {}", range.length, range.file_offset,
            range.segment, range.reason,
            status.ok() ? "copied to " + to : "could not be copied: " + status.message());
  std::lock_guard lock(mu_);
  recovery_.damaged.push_back(range);
  if (status.ok()) recovery_.quarantined.push_back(to);
}

}  // namespace ox
