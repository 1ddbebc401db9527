#include "common/ingest/file_journal.h"

#include <fmt/format.h>

#include "common/base/log.h"

namespace ox {
namespace {

constexpr char kCursor[] = "link";

}  // namespace

Result<std::unique_ptr<FileJournal>> FileJournal::open(FileSystem& fs, const std::string& directory,
                                                       const std::string& path, const Clock& clock,
                                                       const FileJournalOptions& options) {
  SpoolOptions spool;
  spool.path = directory;
  spool.segment_bytes = options.segment_bytes;
  spool.cache_bytes = options.cache_bytes;
  std::unique_ptr<FileJournal> journal(new FileJournal(directory, path));
  OX_ASSIGN_OR_RETURN(journal->spool_, Spool::open(fs, spool, clock));
  FileJournal* self = journal.get();
  journal->cursor_ = journal->spool_->add_cursor(kCursor, [self] {
    if (self->on_committed_) self->on_committed_();
  });
  if (Status status = journal->recover(); !status.ok()) return status.at(directory);
  return journal;
}

// Looks at all that is not acknowledged: how much it is, and how far it reaches.
Status FileJournal::recover() {
  Position known = 0;
  if (const auto& checkpoint = spool_->recovered_checkpoint()) {
    has_checkpoint_ = true;
    known = checkpoint->store_position;
    checkpoint_released_ = cursor_->released();
    checkpoint_committed_ = checkpoint->committed;
    position_ = checkpoint->store;
  }
  while (true) {
    auto record = cursor_->next();
    if (!record.ok()) {
      if (record.status().code() == Code::kCorrupt) continue;  // told, and passed over
      return record.status();
    }
    if (!*record) break;
    OX_ASSIGN_OR_RETURN(JournalEntry entry, decode_journal_entry((*record)->batch));
    ++recovered_batches_;
    recovered_events_ += entry.batch->event_count();
    if ((*record)->position >= known) position_ = std::move(entry.position);
  }
  cursor_->seek(cursor_->released());
  appended_position_ = position_;
  committed_ = spool_->committed();
  const SpoolRecovery& found = spool_->recovery();
  if (found.checkpoint_lost)
    log_warning("{}: its checkpoint is lost: batches that were acknowledged are sent again",
                directory_);
  if (!position_.empty()) return take_position(position_);
  if (path_.empty()) return ok_status();
  if (found.checkpoint_damaged || !found.damaged.empty() || found.torn_bytes > 0)
    log_error("{}: how far {} was read is lost: it is followed from its end", directory_, path_);
  return ok_status();
}

Status FileJournal::take_position(std::string_view encoded) {
  OX_ASSIGN_OR_RETURN(recovered_position_, FilePosition::decode(encoded));
  if (recovered_position_->path == path_) return ok_status();
  return Status(Code::kInvalid, fmt::format("this is the journal of {}, not of {}",
                                            recovered_position_->path, path_));
}

Status FileJournal::append_unsynced(const Batch& batch, std::string_view position) {
  BatchPtr record = encode_journal_entry(batch, position);
  WallTime at = record->header().sealed_at;
  auto appended = spool_->append_unsynced(std::move(record), at);
  if (!appended.ok()) return appended.status();
  appended_position_ = position;
  return ok_status();
}

Status FileJournal::commit() {
  OX_RETURN_IF_ERROR(spool_->commit());
  position_ = appended_position_;
  committed_ = spool_->committed();
  return ok_status();
}

Status FileJournal::record_position(std::string_view position) {
  OX_CHECK(spool_->committed() == spool_->end());
  if (position == position_) return ok_status();
  position_ = appended_position_ = position;
  position_dirty_ = true;
  // Should one of the two slots be lost, the other must not say less than this.
  if (!has_checkpoint_) OX_RETURN_IF_ERROR(write_checkpoint());
  return write_checkpoint();
}

Status FileJournal::checkpoint() {
  if (!position_dirty_ && cursor_->released() == checkpoint_released_) return ok_status();
  return write_checkpoint();
}

Status FileJournal::write_checkpoint() {
  Position released = cursor_->released();
  OX_RETURN_IF_ERROR(spool_->write_checkpoint("", committed_, position_, committed_, Micros(0)));
  has_checkpoint_ = true;
  checkpoint_released_ = released;
  checkpoint_committed_ = committed_;
  position_dirty_ = false;
  return ok_status();
}

bool FileJournal::reclaim() {
  if (spool_->stats().bytes == 0) return false;
  // The spool writes the newest checkpoint again, with what is released now.
  if (checkpoint_committed_ != committed_ && !write_checkpoint().ok()) return false;
  return spool_->reclaim();
}

Result<std::optional<FileJournal::Record>> FileJournal::next() {
  OX_ASSIGN_OR_RETURN(auto record, cursor_->next());
  if (!record) return std::optional<Record>();
  OX_ASSIGN_OR_RETURN(JournalEntry entry, decode_journal_entry(record->batch));
  return std::optional<Record>(Record{std::move(entry.batch), record->end});
}

void FileJournal::release(Position end) { cursor_->release(end); }

}  // namespace ox
