#pragma once
// What oxingest remembers of one followed path: the batches sealed from it that nobody has
// acknowledged yet, and how far it was read. It makes following the path exactly-once:
//
//   lines --seal--> append_unsynced(batch, position) --commit()--> next() --> sent ... release()
//
// A batch and the position behind its last line are one record (journal_entry.h), and only
// committed records come out of next(). After a crash the committed batches come out again as they
// were, bytes and identity, and reading goes on behind the last of them; of anything else nobody
// ever knew.
// It is a spool in a directory of its own (common/spool/spool.h) with one cursor; the checkpoint
// carries the position of the last record before it, and what both of its slots are past goes.
//
// Damage never keeps it from opening: it is told in recovery() and copied aside by the spool. A
// damaged record at the end, or a lost checkpoint, means an older position: lines may come twice. A
// damaged record in the middle is a batch that is not sent again: its lines may be missing.
// Threading: append_unsynced(), commit(), record_position(), checkpoint() and reclaim() on one
// thread, the writer's; next() and release() on one thread, the reader's. The rest is thread-safe,
// but for on_committed(), which comes before either starts.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/quantity.h"
#include "common/ingest/file_position.h"
#include "common/ingest/journal_entry.h"
#include "common/spool/spool.h"

namespace ox {

struct FileJournalOptions {
  std::uint64_t segment_bytes = 32 * kMiB;  // the files it is kept in, and is freed by
  std::uint64_t cache_bytes = 2 * kMiB;     // newest records kept in memory as well
};

class FileJournal {
 public:
  // The journal of `path` ("": of events that come from no file, and whose positions are empty),
  // made when missing. Errors: kExists (another process has it), kInvalid
  // (the directory holds something else, or the journal of another path), kUnsupported (a newer
  // format), all with nothing changed; kIo, kNoSpace.
  static Result<std::unique_ptr<FileJournal>> open(FileSystem& fs, const std::string& directory,
                                                   const std::string& path, const Clock& clock,
                                                   const FileJournalOptions& options = {});
  FileJournal(const FileJournal&) = delete;
  FileJournal& operator=(const FileJournal&) = delete;

  const std::string& directory() const { return directory_; }
  // For people: the file, or without one the directory.
  const std::string& name() const { return path_.empty() ? directory_ : path_; }
  // Of what open() found: where reading goes on, nothing at the first start; and the batches and
  // events that nobody had acknowledged.
  const std::optional<FilePosition>& recovered_position() const { return recovered_position_; }
  std::uint64_t recovered_batches() const { return recovered_batches_; }
  std::uint64_t recovered_events() const { return recovered_events_; }
  const SpoolRecovery& recovery() const { return spool_->recovery(); }

  // `f` is called, on the writer's thread, when next() may have more. It must not block, nor call
  // the journal.
  void on_committed(std::function<void()> f) { on_committed_ = std::move(f); }

  // Appends a batch with the encoded FilePosition behind its last line. Errors: kNoSpace (may be
  // tried again), kIo (the journal has failed).
  Status append_unsynced(const Batch& batch, std::string_view position);
  // Makes all that was appended safe, and shows it to next(). Error: kIo.
  Status commit();
  // Makes a position safe without a batch: where nothing was sealed yet, and where nothing is
  // acknowledged. Everything appended must be committed. Errors as checkpoint().
  Status record_position(std::string_view position);
  // Remembers what was released, so that it is not sent again after a restart, and frees it. Does
  // nothing when there is nothing new. Errors: kNoSpace (may be tried again), kIo.
  Status checkpoint();
  // Frees what was released as far as it can be done now, the last segment, too. True when that
  // was anything.
  bool reclaim();

  struct Record {
    BatchPtr batch;
    Position end = 0;
  };
  // The next committed batch; nothing when there is none at the moment. Errors: kCorrupt (damage
  // was passed over and told; the next call goes on), kIo.
  Result<std::optional<Record>> next();
  // Every batch up to this one is acknowledged.
  void release(Position end);

  // Bytes on disk that are not freed.
  std::uint64_t disk_bytes() const { return spool_->stats().bytes; }
  // True when all that was committed is released.
  bool drained() const { return cursor_->released() >= spool_->committed(); }

 private:
  FileJournal(std::string directory, std::string path)
      : directory_(std::move(directory)), path_(std::move(path)) {}
  Status recover();
  Status take_position(std::string_view encoded);
  Status write_checkpoint();

  // Constant after open().
  const std::string directory_;
  const std::string path_;
  std::unique_ptr<Spool> spool_;
  std::function<void()> on_committed_;
  std::optional<FilePosition> recovered_position_;
  std::uint64_t recovered_batches_ = 0;
  std::uint64_t recovered_events_ = 0;

  // Owned by the writer's thread.
  std::string position_;           // as of committed_
  Position committed_ = 0;         // by commit(): the spool may be further, having synced a segment
  std::string appended_position_;  // as of the last append
  bool has_checkpoint_ = false;
  Position checkpoint_released_ = 0;  // what the last checkpoint knew
  Position checkpoint_committed_ = 0;
  bool position_dirty_ = false;  // position_ is in no checkpoint

  std::unique_ptr<Cursor> cursor_;  // the reader's; goes before spool_
};

}  // namespace ox
