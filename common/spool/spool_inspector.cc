#include "common/spool/spool_inspector.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/spool/dedup.h"

namespace ox {
namespace {

constexpr std::uint64_t kMostOfSlot = 1U << 30;
// A slot that a running daemon is writing looks damaged: it is looked at again.
constexpr int kLooksAtSlot = 3;

}  // namespace

const SpoolReport::Slot* SpoolReport::newest() const {
  for (const Slot& slot : slots)
    if (slot.counts) return &slot;
  return nullptr;
}

Status SpoolInspector::open() {
  OX_ASSIGN_OR_RETURN(FileInfo info, fs_.info(directory_));
  if (!info.is_directory) return Status(Code::kNotFound, directory_ + " is not a directory");
  OX_ASSIGN_OR_RETURN(report_.holder, fs_.lock_holder(join_path(directory_, "lock")));
  for (std::size_t n = 0; n < 2; ++n) OX_RETURN_IF_ERROR(open_slot(n));
  const SpoolReport::Slot* newest = nullptr;
  for (SpoolReport::Slot& slot : report_.slots) {
    if (slot.content.state != CheckpointSlot::State::kWhole) continue;
    if (newest == nullptr || slot.content.sequence > newest->content.sequence) newest = &slot;
  }
  for (SpoolReport::Slot& slot : report_.slots) slot.counts = &slot == newest;
  if (newest != nullptr) {
    report_.id = newest->content.checkpoint.spool_id;
    report_.end = newest->content.checkpoint.highest();
    for (const auto& [name, cursor] : newest->content.checkpoint.cursors)
      report_.outputs[name].released = cursor.released;
  }
  OX_RETURN_IF_ERROR(list_segments());
  OX_RETURN_IF_ERROR(list_dedup_files());
  OX_RETURN_IF_ERROR(count_quarantine());
  bool has_slot = report_.slots[0].exists || report_.slots[1].exists;
  if (!has_slot && report_.segments.empty() && dedup_files_.empty())
    return Status(Code::kNotFound, "there is no spool in " + directory_);
  return ok_status();
}

Status SpoolInspector::open_slot(std::size_t n) {
  SpoolReport::Slot slot;
  slot.path = join_path(directory_, checkpoint_slot_name(n));
  for (int look = 0; look < kLooksAtSlot; ++look) {
    auto bytes = read_file(fs_, slot.path, kMostOfSlot);
    slot.exists = bytes.status().code() != Code::kNotFound;
    if (!slot.exists) break;
    if (!bytes.ok()) return bytes.status();
    slot.size = bytes->size();
    slot.content = decode_checkpoint_slot(*bytes);
    if (slot.content.state != CheckpointSlot::State::kDamaged) break;
  }
  if (slot.content.state == CheckpointSlot::State::kDamaged)
    report_.damage.push_back({slot.path, 0, 0, "not a checkpoint"});
  if (slot.content.state == CheckpointSlot::State::kNewer)
    report_.damage.push_back(
        {slot.path, 0, 0,
         fmt::format("checkpoint format {} is newer than this program", slot.content.version)});
  if (slot.content.state == CheckpointSlot::State::kWhole &&
      !slot.content.checkpoint.dedup.empty()) {
    Dedup dedup;
    auto files = Dedup::files_of(slot.content.checkpoint.dedup);
    if (files.ok() && dedup.restore(slot.content.checkpoint.dedup).ok()) {
      slot.dedup_runs = dedup.run_count();
      slot.dedup_files = std::move(*files);
    } else {
      report_.damage.push_back({slot.path, 0, 0, "a cut dedup snapshot"});
    }
  }
  report_.slots.push_back(std::move(slot));
  return ok_status();
}

Status SpoolInspector::list_segments() {
  OX_ASSIGN_OR_RETURN(auto entries, fs_.list(directory_));
  for (const DirectoryEntry& entry : entries) {
    auto base = parse_segment_name(entry.name);
    if (!base || entry.is_directory) continue;
    SpoolReport::Segment segment;
    segment.path = join_path(directory_, entry.name);
    segment.base = segment.end = *base;
    report_.segments.push_back(std::move(segment));
  }
  std::sort(report_.segments.begin(), report_.segments.end(),
            [](const auto& a, const auto& b) { return a.base < b.base; });
  return ok_status();
}

Status SpoolInspector::list_dedup_files() {
  OX_ASSIGN_OR_RETURN(auto entries, fs_.list(directory_));
  bool any_slot = report_.newest() != nullptr;
  for (const DirectoryEntry& entry : entries) {
    auto number = parse_dedup_file_name(entry.name);
    if (!number || entry.is_directory) continue;
    SpoolReport::DedupFile& file = dedup_files_[*number];
    file.exists = true;
    file.leftover = any_slot;
  }
  for (const SpoolReport::Slot& slot : report_.slots) {
    for (const DedupFileRef& ref : slot.dedup_files) {
      SpoolReport::DedupFile& file = dedup_files_[ref.number];
      file.leftover = false;
      file.counts = file.counts || slot.counts;
      file.runs = ref.runs;
      file.records = ref.records;
      file.made_at = ref.made_at;
    }
  }
  for (auto& [number, file] : dedup_files_)
    file.path = join_path(directory_, dedup_file_name(number));
  return ok_status();
}

Status SpoolInspector::read_dedup_file(std::uint64_t number, SpoolReport::DedupFile& file) {
  DedupFileRef expected{number, file.records, file.runs, file.made_at};
  bool is_named = expected.records > 0;
  std::vector<DamagedRange> damage;
  auto opened =
      DedupFile::open(fs_, file.path, report_.id, is_named ? &expected : nullptr, &damage);
  if (opened.ok()) {
    file.size = (*opened)->ref().file_size();
    file.runs = (*opened)->ref().runs;
    file.records = (*opened)->ref().records;
    file.made_at = (*opened)->ref().made_at;
  } else if (opened.status().code() == Code::kIo) {
    return opened.status();
  } else if (opened.status().code() == Code::kNotFound) {
    file.exists = false;
    // A daemon merges files, and removes them then.
    if (report_.holder.empty()) damage.push_back({file.path, 0, 0, "the file is missing"});
  } else {
    damage.push_back({file.path, 0, 0, opened.status().message()});
  }
  // Only what counts would be missed.
  if (file.counts || report_.newest() == nullptr)
    report_.damage.insert(report_.damage.end(), damage.begin(), damage.end());
  return ok_status();
}

Status SpoolInspector::count_quarantine() {
  std::string path = join_path(directory_, "quarantine");
  auto entries = fs_.list(path);
  if (entries.status().code() == Code::kNotFound) return ok_status();
  if (!entries.ok()) return entries.status();
  for (const DirectoryEntry& entry : *entries) {
    OX_ASSIGN_OR_RETURN(FileInfo info, fs_.info(join_path(path, entry.name)));
    ++report_.quarantined_files;
    report_.quarantined_bytes += info.size;
  }
  return ok_status();
}

Status SpoolInspector::read(Position from, const Visit& visit) {
  for (std::size_t n = 0; n < report_.segments.size(); ++n) {
    if (!is_last(n) && report_.segments[n + 1].base <= from) continue;
    const std::size_t damages = report_.damage.size();
    Status status = read_segment(n, from, visit);
    // A daemon deletes segments that nobody needs any more, or uses their files again.
    if (!report_.holder.empty()) {
      if (status.code() == Code::kNotFound) continue;
      const bool odd = !status.ok() || report_.damage.size() > damages;
      if (odd && fs_.info(report_.segments[n].path).status().code() == Code::kNotFound) {
        report_.damage.resize(damages);
        continue;
      }
    }
    OX_RETURN_IF_ERROR(status);
  }
  note_missing();
  for (auto& [number, file] : dedup_files_) {
    OX_RETURN_IF_ERROR(read_dedup_file(number, file));
    report_.dedup_files.push_back(file);
  }
  if (!report_.segments.empty()) report_.end = std::max(report_.end, report_.segments.back().end);
  for (auto& [name, output] : report_.outputs)
    output.pending_bytes = report_.end - std::min(output.released, report_.end);
  return ok_status();
}

// Null when nothing in it can be used; that was noted.
Result<std::unique_ptr<SegmentReader>> SpoolInspector::open_segment(
    const SpoolReport::Segment& segment) {
  auto note = [&](const std::string& reason) {
    report_.damage.push_back({segment.path, 0, kSegmentHeaderSize, reason});
    return std::unique_ptr<SegmentReader>();
  };
  auto reader = SegmentReader::open(fs_, segment.path);
  if (reader.status().code() == Code::kUnsupported) return note(reader.status().message());
  if (reader.status().code() == Code::kCorrupt) {
    if (segment.size <= kSegmentHeaderSize) {  // the crash came while it was made
      report_.torn_bytes += segment.size;
      return std::unique_ptr<SegmentReader>();
    }
    (void)note(reader.status().message());
    return SegmentReader::open_headless(fs_, segment.path, segment.base);
  }
  if (!reader.ok()) return reader;
  const SegmentHeader& header = (*reader)->header();
  if (header.base != segment.base)
    return note(fmt::format("its header names position {}", header.base));
  if (report_.id.is_nil()) report_.id = header.spool_id;
  if (header.spool_id != report_.id)
    return note("it belongs to spool " + header.spool_id.to_string());
  return reader;
}

Status SpoolInspector::read_segment(std::size_t n, Position from, const Visit& visit) {
  SpoolReport::Segment& segment = report_.segments[n];
  OX_ASSIGN_OR_RETURN(FileInfo info, fs_.info(segment.path));
  segment.size = info.size;
  OX_ASSIGN_OR_RETURN(auto reader, open_segment(segment));
  if (reader == nullptr) return ok_status();
  // Of a spool in use more may come while this reads. What is neither left of a former segment nor an append that goes
  // on is damage only if the next pass finds no record there either.
  for (bool looked = false;; looked = true) {
    const Position before = reader->position();
    OX_ASSIGN_OR_RETURN(const Position file_end, reader->file_end());
    const Position limit = is_last(n) ? file_end : std::min(file_end, report_.segments[n + 1].base);
    OX_RETURN_IF_ERROR(read_records(n, *reader, limit, from, visit));
    bool former = false;
    bool unfinished = false;
    const bool is_damage = looked && reader->position() == before;
    if (reader->position() < limit && !is_damage) {
      OX_ASSIGN_OR_RETURN(former, reader->at_former_bytes());
      OX_ASSIGN_OR_RETURN(unfinished, reader->at_unfinished_record());
      if (!former && !unfinished) continue;
    }
    note_tail(n, file_end, former, unfinished);
    return ok_status();
  }
}

Status SpoolInspector::read_records(std::size_t n, SegmentReader& reader, Position limit,
                                    Position from, const Visit& visit) {
  SpoolReport::Segment& segment = report_.segments[n];
  while (true) {
    DamagedRange damage;
    OX_ASSIGN_OR_RETURN(auto record, reader.next(limit, &damage));
    if (damage.length > 0) report_.damage.push_back(damage);
    if (!record) return ok_status();
    segment.end = record->end;
    ++segment.records;
    segment.events += record->batch->event_count();
    segment.body_bytes += record->batch->body_bytes();
    if (segment.records == 1) segment.first_accepted = record->accepted_at;
    segment.last_accepted = record->accepted_at;
    count_for_outputs(*record);
    if (visit && record->position >= from) OX_RETURN_IF_ERROR(visit(*record));
  }
}

// What stands behind the last good record of a segment.
void SpoolInspector::note_tail(std::size_t n, Position file_end, bool former, bool unfinished) {
  const SpoolReport::Segment& segment = report_.segments[n];
  Position end = is_last(n) ? file_end : report_.segments[n + 1].base;
  if (segment.end == end) return;
  DamagedRange range{segment.path, kSegmentHeaderSize + (segment.end - segment.base),
                     end - segment.end, "unreadable to the segment's end"};
  const SpoolReport::Slot* newest = report_.newest();
  if (!is_last(n)) {
    // Of deleted segments a crash may bring back some, with gaps between them.
    bool is_gap = segment.end == file_end;
    bool is_needed = newest == nullptr || end > newest->content.checkpoint.floor();
    if (!is_gap || is_needed) report_.damage.push_back(std::move(range));
    return;
  }
  bool was_committed = newest != nullptr && segment.end < newest->content.checkpoint.committed;
  if (former && !was_committed) return;
  if (unfinished && !was_committed) {
    report_.torn_bytes += range.length;
  } else {
    range.reason = "no record at the end of the last segment";
    report_.damage.push_back(std::move(range));
  }
}

// Records that the newest checkpoint knows, and that no segment has.
void SpoolInspector::note_missing() {
  const SpoolReport::Slot* newest = report_.newest();
  if (newest == nullptr) return;
  const Checkpoint& checkpoint = newest->content.checkpoint;
  auto note = [&](Position from, Position to) {
    if (from < to)
      report_.damage.push_back(
          {directory_, 0, 0, fmt::format("the records from {} to {} are missing", from, to)});
  };
  if (report_.segments.empty()) {
    note(checkpoint.floor(), checkpoint.highest());
    return;
  }
  note(checkpoint.floor(), report_.segments.front().base);
  const SpoolReport::Segment& last = report_.segments.back();
  // Otherwise the damage behind it was noted already.
  if (last.size <= kSegmentHeaderSize + (last.end - last.base))
    note(last.end, checkpoint.highest());
}

void SpoolInspector::count_for_outputs(const SpoolRecord& record) {
  for (auto& [name, output] : report_.outputs)
    if (output.released <= record.position) output.pending_events += record.batch->event_count();
}

}  // namespace ox
