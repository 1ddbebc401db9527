#pragma once
// The ordered log of batches inside an oxd, with a cursor for each of its outputs.
//
// Without a path the log lives in memory, bounded by memory_limit, and a record goes when every
// cursor has released it. With a path every record is also in segment files, memory holds only the
// newest part, and segments go when every cursor has released them and a checkpoint says so.
//
// Durability: append_unsynced() reaches the page cache; a record is committed, and shown to
//             cursors, by commit(). In memory, appending commits.
// Safety:     acknowledgements may go as far as safe_position(): on disk what is committed; in
//             memory what every cursor that is not optional has released, or everything when there
//             is none.
// Threading:  append_unsynced(), commit(), reclaim(), skip_optional() and drop_oldest() belong to
//             one thread, the intake's; each Cursor to its own. Everything else is thread-safe.
// Failure:    a failed fsync stops the spool for good (failed()); cursors may go on to read.
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_closer.h"
#include "common/base/file_system.h"
#include "common/base/quantity.h"
#include "common/spool/checkpoint.h"
#include "common/spool/dedup.h"
#include "common/spool/quarantine.h"
#include "common/spool/segment.h"
#include "common/spool/spilled_runs.h"

namespace ox {

struct SpoolOptions {
  std::string path;                         // "" = memory only
  std::uint64_t memory_limit = 512 * kMiB;  // memory only: bytes of records held
  // With a path: bytes of records in segments, and of spare files.
  std::uint64_t disk_limit = kUnlimited;
  std::uint64_t cache_bytes = 8 * kMiB;  // with a path: newest records kept in memory as well
  // Likewise: at most so many, as each takes more than its bytes.
  std::uint64_t cache_records = 8192;
  std::uint64_t segment_bytes = 64 * kMiB;  // at most; a quarter of disk_limit when that is less
  // At most so many files of segments that were let go within kShortLived of their start wait to become new ones.
  std::size_t spare_segments = 2;
  // Frees the blocks of segments that a checkpoint lets go; null: write_checkpoint() waits for that. Must outlive
  // the spool.
  FileCloser* closer = nullptr;
};

struct SpoolStats {
  bool on_disk = false;
  std::uint64_t bytes = 0;  // of records not yet released by all
  std::uint64_t limit = 0;
  std::uint64_t batches = 0;  // in memory
  std::uint64_t events = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t damaged_ranges = 0;  // found since open(), those that open() found included
  bool failed = false;
  std::string reason;
};

// What start-up found: for the log and for STATUS.
struct SpoolRecovery {
  std::uint64_t records = 0;     // replayed behind the checkpoint
  std::uint64_t torn_bytes = 0;  // cut from the end of the last segment
  std::vector<DamagedRange> damaged;
  bool checkpoint_lost = false;          // there was one, but it cannot be read
  bool checkpoint_damaged = false;       // one slot of the two
  std::vector<std::string> quarantined;  // what was copied or set aside, by path
};

class Spool;

// A reader's position. Made by Spool::add_cursor(); it must go before its Spool. Once it is gone,
// its `wake` is not called any more. Threading: one thread, but for what is declared thread-safe.
class Cursor {
 public:
  ~Cursor();
  // The next committed record, if there is one. Errors: kIo; kCorrupt, once for each place, when
  // records that were good before cannot be read any more. The cursor then stands behind the
  // damage, which was copied aside: the next call goes on.
  Result<std::optional<SpoolRecord>> next();
  // Everything before `position` (0 to Spool::end()) will never be asked for again. Records in
  // between that were not taken yet are read to be counted, unless `position` is the end.
  void release(Position position);
  // Reads again from `position`, which must not be released yet.
  void seek(Position position);

  Position position() const { return position_; }  // of the next record
  Position released() const;                       // thread-safe
  // Bytes and events behind released(). Events in damaged places count until all is released.
  // Thread-safe.
  std::uint64_t pending_bytes() const;
  std::uint64_t pending_events() const;
  // When the oldest record that is not released was accepted; nothing when all are. On disk it may
  // be earlier than that by as much as one segment spans. Thread-safe.
  std::optional<WallTime> oldest_pending() const;
  const std::string& name() const { return name_; }
  // Events in records that drop_oldest() took away before this cursor had read them. Thread-safe.
  std::uint64_t skipped_events() const;

  // An optional cursor holds records only as long as there is room for them: skip_optional() moves
  // it on, also past records that it has taken. Thread-safe.
  void set_optional(bool optional);
  // Events that skip_optional() moved it past, those included that it had taken. Thread-safe.
  std::uint64_t passed_over_events() const;

 private:
  friend class Spool;
  Cursor(Spool& spool, std::string name) : spool_(spool), name_(std::move(name)) {}
  void taken(const SpoolRecord& record);  // Spool::mu_ held
  Position read_up_to() const {
    return taken_.empty() ? released_ : taken_.back().end;
  }  // likewise
  bool passed_over(Position position) const;
  void pass_over(Position to, std::uint64_t events);  // Spool::mu_ held

  Spool& spool_;
  const std::string name_;
  std::function<void()> wake_;             // constant after add_cursor()
  Position position_ = 0;                  // owned by the cursor's thread
  Position told_until_ = 0;                // likewise: damage before this was told
  std::unique_ptr<SegmentReader> reader_;  // likewise

  struct Taken {  // a record that was returned and is not released yet
    Position position;
    Position end;
    std::uint32_t events;
    WallTime accepted_at;
  };
  std::deque<Taken> taken_;           // guarded by Spool::mu_
  Position released_ = 0;             // guarded by Spool::mu_
  std::uint64_t pending_events_ = 0;  // guarded by Spool::mu_
  std::uint64_t skipped_events_ = 0;  // guarded by Spool::mu_
  bool optional_ = false;             // guarded by Spool::mu_
  bool waited_for_ = true;            // by wait_for_readers(); guarded by Spool::mu_
  std::uint64_t passed_over_ = 0;     // events; guarded by Spool::mu_
};

class Spool {
 public:
  // With a path: makes or recovers it; never refuses to start because of damage, which is copied
  // aside into `path`/quarantine and told in recovery(). Errors: kExists (another process holds the
  // path), kUnsupported (a newer format) and kInvalid (segments of another spool), both with
  // nothing changed; kIo.
  static Result<std::unique_ptr<Spool>> open(FileSystem& fs, const SpoolOptions& options,
                                             const Clock& clock);
  ~Spool();

  bool on_disk() const { return !options_.path.empty(); }
  const SpoolRecovery& recovery() const { return recovery_; }
  // What the newest checkpoint said at open(), if there was one.
  const std::optional<Checkpoint>& recovered_checkpoint() const { return recovered_checkpoint_; }
  // The batches found behind the checkpoint: already accepted, already safe.
  struct RecoveredBatch {
    BatchId id;
    std::uint32_t checksum = 0;  // of its payload
  };
  const std::vector<RecoveredBatch>& recovered_batches() const { return recovered_batches_; }
  // When the newest record found at open() was accepted; zero when there was none.
  WallTime recovered_accept_time() const { return recovered_accept_time_; }
  // The oldest record that can still be read.
  Position begin() const;
  const Uuid& id() const { return id_; }

  // A new reader. It starts where the checkpoint, or a cursor of this name that has gone, left off;
  // otherwise at the oldest record. `wake` is called, on any thread, when there may be more to
  // read; it must not block, nor call the spool. No two cursors may have one name.
  std::unique_ptr<Cursor> add_cursor(const std::string& name, std::function<void()> wake);

  // Gives up what an output that is not there any more has not read, and stores that. Errors:
  // kNotFound; those of write_checkpoint(), after which the cursor may be back at the next start.
  Status discard_cursor(const std::string& name);
  // Cursors that hold records but have no reader, by name.
  struct ParkedCursor {
    Position released = 0;
    std::uint64_t pending_events = 0;
    bool operator==(const ParkedCursor&) const = default;
  };
  std::map<std::string, ParkedCursor> parked_cursors() const;

  // How the intake learns that safe_position() or the free space grew (any thread; it must not
  // block, nor call the spool). When this returns, the former `f` is not called any more.
  void on_release(std::function<void()> f);

  // True when `bytes` more of records would not go over the limit. A spool that is empty takes any
  // batch.
  bool has_room(std::uint64_t bytes) const;
  // On disk: frees segments that all cursors have released though no checkpoint says so in both
  // slots, by writing the newest one again with the cursors as they are; or waits until those that have gone are
  // freed. False when that frees nothing.
  bool reclaim();
  // Moves optional cursors on, past as little as may free something: the oldest record in memory,
  // the oldest segment on disk (which then goes with reclaim()). Never past what another cursor
  // still needs, nor past the newest checkpoint. False when it is not they who hold it.
  bool skip_optional();
  // Appends the batch. Errors: kNoSpace (the disk is full: may be tried again), kIo (the spool
  // failed).
  Result<SpoolRecord> append_unsynced(BatchPtr batch, WallTime accepted_at);
  // Makes all that was appended safe with one fdatasync, and shows it to the cursors. Error: kIo.
  Status commit();
  // With --sync none: shows what was appended without syncing it.
  void commit_unsynced();

  // Removes the files that wait to become new segments, for when nothing comes any more. Thread-safe.
  void remove_spares();
  static constexpr Micros kShortLived = Seconds(10);

  // With a path: waits, `most` at the longest, while a cursor is about to be left so far behind that what
  // it reads next is no longer in memory; and a quarter of that for one that is behind, but not by more than
  // kCatchUp times that memory, so that a moment's delay does not leave it reading from segments for as long
  // as the flood lasts. For the intake, between two groups: what is read back from segments costs a fifth
  // more (tests/bench/core.py, "link -> collector"). One that took nothing in that time is not waited for
  // again before it takes something. False: it was waited for in vain.
  bool wait_for_readers(Micros most);
  static constexpr std::uint64_t kCatchUp = 8;

  // Memory only: takes a record away from every cursor, the oldest for which `may_drop` (given its
  // end) is true and which no cursor has taken yet, or else the oldest of all that may go. Nothing
  // when none may.
  std::optional<SpoolRecord> drop_oldest(const std::function<bool(Position end)>& may_drop);

  Position end() const;
  Position committed() const;
  Position safe_position() const;
  bool failed() const;

  // Writes a checkpoint: the cursors as released now, `dedup` as of `dedup_position`, and the
  // store's bytes as of `store_position`. Then deletes segments that neither slot needs. Disk only.
  // Thread-safe. Errors: kNoSpace (may be tried again), kIo (the spool has failed).
  // `dedup` is the newest snapshot; kInvalid for one that names files which later ones did not.
  Status write_checkpoint(const std::string& dedup, Position dedup_position,
                          const std::string& store, Position store_position, Micros uptime);

  // The known runs that are kept in files; null in memory.
  SpilledRuns* spilled_runs() { return spilled_.get(); }
  // As SpilledRuns::merge(), but an error that is not kNoSpace stops the spool.
  Result<SpilledRuns::Merged> spill(const std::vector<DedupRecord>& picked, Micros uptime,
                                    Micros age, const SpilledRuns::HeardInMemory& heard_in_memory);

  SpoolStats stats() const;

 private:
  friend class Cursor;
  struct Segment {
    Position base = 0;
    std::string path;
    WallTime created_at{};
    std::uint64_t events_before = 0;
  };

  struct Spare {
    std::string path;
    Position base = 0;  // of the segment that it was
    std::uint64_t bytes = 0;
  };

  Spool(FileSystem& fs, const SpoolOptions& options, const Clock& clock);

  // spool_recovery.cc
  Status recover();
  Status list_segments();
  Status check_headers();
  Status mend_header(Segment& segment, const Segment* before, const std::string& reason);
  Result<std::uint64_t> count_events(const Segment& segment, Position limit);
  Status scan_segments();
  Result<Position> scan_segment(const Segment& segment, Position next_base, bool last);
  Result<Position> end_of_tail(SegmentReader& reader, const Segment& segment, Position file_end);
  void note_damage(const DamagedRange& range);
  void count_for_cursors();
  Status open_writer(Position last_end);

  // spool_checkpoint.cc
  Status write_slot(const Checkpoint& checkpoint);     // checkpoint_mu_ held
  void refresh_cursors(Checkpoint& checkpoint) const;  // checkpoint_mu_ held
  // `space_wanted`: when it returns, it is free. checkpoint_mu_ held.
  void delete_segments_before(Position position, bool space_wanted);
  std::vector<Spare> pick_spares(std::vector<Segment>::const_iterator kept) const;  // mu_ held
  bool remove_spares(FileCloser* closer);  // false when there were none
  void remove_file(const std::string& path, FileCloser* closer);

  // spool_dedup.cc
  Status check_dedup_files();
  Status recover_dedup_files();
  Status adopt_dedup_file(std::uint64_t number);
  Status remove_dedup_files_but(const std::set<std::uint64_t>& named);
  void remove_merged_dedup_files();  // checkpoint_mu_ held

  // Copies the range aside; "" when there was nothing to copy, or it failed.
  std::string quarantine(const DamagedRange& range);
  Status start_segment(const SpoolRecord& first);
  Result<std::unique_ptr<SegmentWriter>> make_segment(const SegmentHeader& header);
  // The record at `position`; in memory, where records may have been dropped, the next one. mu_
  // held.
  std::deque<SpoolRecord>::const_iterator find_in_memory(Position position) const;
  std::optional<SpoolRecord> cached_at(Position position) const;  // mu_ held; committed
  Position lowest_released() const;                               // mu_ held
  Position lowest_required() const;                               // likewise; not of optional ones
  void trim_memory();                                             // mu_ held
  bool falling_behind(const Cursor& cursor) const;                // mu_ held
  std::uint64_t bytes_behind(const Cursor& cursor) const;         // mu_ held
  void show_committed(Position to);
  void tell_released();
  void fail(const Status& status);
  std::optional<Segment> segment_at(Position position, Position* segment_end) const;  // mu_ held

  // Constant after open().
  FileSystem& fs_;
  const SpoolOptions options_;
  const Clock& clock_;
  const std::uint64_t segment_bytes_;
  const Quarantine quarantine_;
  Uuid id_;
  SpoolRecovery recovery_;
  std::optional<Checkpoint> recovered_checkpoint_;
  std::set<std::uint64_t> dedup_files_;  // that open() found
  std::unique_ptr<SpilledRuns> spilled_;
  bool recovered_ = false;  // open() is over
  Position scanned_from_ = 0;
  std::vector<RecoveredBatch> recovered_batches_;
  WallTime recovered_accept_time_{};
  std::unique_ptr<FileLock> lock_;

  // Owned by the intake's thread.
  std::unique_ptr<SegmentWriter> writer_;

  // Locks are taken in the order of their declaration. Others are called back under release_mu_ and
  // wake_mu_, so that who takes a callback away knows that it is not running.
  std::mutex checkpoint_mu_;
  std::unique_ptr<CheckpointFile> checkpoint_;  // guarded by checkpoint_mu_ after open()

  std::mutex release_mu_;
  std::function<void()> on_release_;  // guarded by release_mu_
  std::mutex wake_mu_;                // no cursor goes while it is held

  mutable std::mutex mu_;           // never held during I/O; everything below is guarded by it
  std::deque<SpoolRecord> memory_;  // on disk contiguous; ends at end_
  std::uint64_t memory_bytes_ = 0;
  std::vector<Segment> segments_;  // by base
  std::vector<Spare> spares_;      // their names are synced
  std::uint64_t spare_bytes_ = 0;
  Position begin_ = 0;  // of the oldest record that can still be read
  Position end_ = 0;
  Position committed_ = 0;
  std::uint64_t total_events_ = 0;  // on disk: in all records before end_, deleted ones included
  std::uint64_t damaged_ranges_ = 0;
  std::vector<Cursor*> cursors_;
  bool waits_for_readers_ = false;
  std::condition_variable read_on_;  // a cursor took a record, while that is true
  std::map<std::string, ParkedCursor> parked_cursors_;  // of the checkpoint, not (or no more) open
  bool failed_ = false;
  std::string failure_;
};

}  // namespace ox
