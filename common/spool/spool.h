#pragma once
// The ordered log of batches inside an oxd, with a cursor for each of its outputs.
//
// Without a path the log lives in memory, bounded by memory_limit, and a record goes when every cursor
// has released it. With a path every record is also in segment files, memory holds only the newest
// part, and segments go when every cursor has released them and a checkpoint says so.
//
// Durability: append_unsynced() reaches the page cache; a record is committed, and shown to cursors,
//             by commit(). In memory, appending commits.
// Safety:     safe_position() is how far acknowledgements may go: what is committed on disk; in memory,
//             what every cursor has released (all of it when there is no cursor).
// Threading:  append_unsynced(), commit() and drop_oldest() on one thread, the intake's. Each Cursor on
//             its own thread. Everything else is thread-safe.
// Failure:    a failed fsync stops the spool for good (failed()); what cursors can still read they may.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/quantity.h"
#include "common/spool/checkpoint.h"
#include "common/spool/dedup.h"
#include "common/spool/segment.h"

namespace ox {

struct SpoolOptions {
  std::string path;                            // "" = memory only
  std::uint64_t memory_limit = 512 * kMiB;     // memory only: bytes of records held
  std::uint64_t disk_limit = kUnlimited;       // with a path: bytes of segments
  std::uint64_t cache_bytes = 8 * kMiB;        // with a path: newest records kept in memory as well
  std::uint64_t segment_bytes = 64 * kMiB;
};

struct SpoolStats {
  bool on_disk = false;
  std::uint64_t bytes = 0;    // of records not yet released by all
  std::uint64_t limit = 0;
  std::uint64_t batches = 0;  // in memory
  std::uint64_t events = 0;
  std::uint64_t memory_bytes = 0;
  bool failed = false;
  std::string reason;
};

// What start-up found: for the log and for STATUS.
struct SpoolRecovery {
  std::uint64_t records = 0;      // replayed behind the checkpoint
  std::uint64_t torn_bytes = 0;   // cut from the end of the last segment
  std::vector<DamagedRange> damaged;
  bool checkpoint_lost = false;   // segments, but no readable checkpoint
  bool checkpoint_damaged = false;  // one slot of the two
  std::vector<std::string> quarantined;  // what was copied or set aside, by path
};

class Spool;

// A reader's position. Made by Spool::add_cursor(); it must go before its Spool.
class Cursor {
 public:
  ~Cursor();
  // The next committed record, if there is one. Error: kIo, and kCorrupt when a record that was good
  // before cannot be read any more; the cursor then stands behind the damage.
  Result<std::optional<SpoolRecord>> next();
  // Everything before `position` will never be asked for again.
  void release(Position position);
  // Reads again from `position`, which must not be released yet.
  void seek(Position position);

  Position position() const { return position_; }  // of the next record; this cursor's thread
  Position released() const;                       // thread-safe
  // Bytes and events behind released(). Thread-safe.
  std::uint64_t pending_bytes() const;
  std::uint64_t pending_events() const;
  // When the oldest record that is not released was accepted; nothing when all are. Thread-safe.
  std::optional<WallTime> oldest_pending() const;
  const std::string& name() const { return name_; }
  // Records that drop_oldest() took away before this cursor had read them.
  std::uint64_t skipped_events() const;

 private:
  friend class Spool;
  Cursor(Spool& spool, std::string name) : spool_(spool), name_(std::move(name)) {}

  Spool& spool_;
  const std::string name_;
  Position position_ = 0;                  // owned by the cursor's thread
  std::unique_ptr<SegmentReader> reader_;  // owned by the cursor's thread
  std::function<void()> wake_;             // constant after add_cursor()

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
};

class Spool {
 public:
  // With a path: makes or recovers it; never refuses to start because of damage, which is copied aside
  // into `path`/quarantine and told in recovery(). Errors: kExists (another process holds the path),
  // kUnsupported (a newer format), kIo.
  static Result<std::unique_ptr<Spool>> open(FileSystem& fs, const SpoolOptions& options,
                                             const Clock& clock);
  ~Spool();

  bool on_disk() const { return !options_.path.empty(); }
  const SpoolRecovery& recovery() const { return recovery_; }
  // What the newest checkpoint said at open(), if there was one.
  const std::optional<Checkpoint>& recovered_checkpoint() const { return recovered_checkpoint_; }
  // The identities of the records found behind the checkpoint: already accepted, already safe.
  const std::vector<BatchId>& recovered_ids() const { return recovered_ids_; }
  // The oldest record that can still be read.
  Position begin() const;
  const Uuid& id() const { return id_; }

  // A new reader. It starts where the checkpoint left the cursor of this name, otherwise at the oldest
  // record. `wake` is called, on any thread, when there may be more to read; it must not block.
  std::unique_ptr<Cursor> add_cursor(const std::string& name, std::function<void()> wake);

  // Gives up what an output that is not there any more has not read. Error: kNotFound.
  Status discard_cursor(const std::string& name);
  // Cursors that hold records but have no reader: name and position.
  std::map<std::string, Position> parked_cursors() const;

  // How the intake learns that safe_position() or the free space grew in memory (any thread).
  void on_release(std::function<void()> f);

  // True when `bytes` more of records would not go over the limit. A spool that is empty takes any batch.
  bool has_room(std::uint64_t bytes) const;
  // Appends the batch. Errors: kNoSpace (the disk is full: may be tried again), kIo (the spool failed).
  Result<SpoolRecord> append_unsynced(BatchPtr batch, WallTime accepted_at);
  // Makes all that was appended safe with one fdatasync, and shows it to the cursors. Error: kIo.
  Status commit();
  // With --sync none: shows what was appended without syncing it.
  void commit_unsynced();

  // Memory only: takes a record away from every cursor, the oldest for which `may_drop` (given its end)
  // is true and which no cursor has taken yet, or else the oldest of all that may go. Nothing when
  // none may.
  std::optional<SpoolRecord> drop_oldest(const std::function<bool(Position end)>& may_drop);

  Position end() const;
  Position committed() const;
  Position safe_position() const;
  bool failed() const;

  // Writes a checkpoint: the cursors as released now, `dedup` as of the committed position, and the
  // store's bytes as of `store_position`. Then deletes segments nobody needs. Disk only. Thread-safe.
  Status write_checkpoint(const std::string& dedup, Position dedup_position,
                          const std::string& store, Position store_position, Micros uptime);

  SpoolStats stats() const;

 private:
  friend class Cursor;
  struct Segment {
    Position base = 0;
    std::string path;
  };

  Spool(FileSystem& fs, const SpoolOptions& options, const Clock& clock)
      : fs_(fs), options_(options), clock_(clock) {}

  // spool_recovery.cc
  Status recover();
  Status list_segments();
  Status scan_segments();
  Status scan_segment(const Segment& segment, Position from, bool last, Position* good_end);
  Status set_aside(const Segment& segment, const std::string& reason);
  void quarantine(const DamagedRange& range);

  Status start_segment(Position base);
  std::optional<SpoolRecord> cached_at(Position position) const;  // mu_ held
  Position lowest_released() const;                               // mu_ held
  void trim_memory();                                             // mu_ held
  void delete_segments_before(Position position);
  void show_committed(Position to);
  void fail(const Status& status);
  std::optional<Segment> segment_at(Position position, Position* segment_end) const;  // mu_ held

  // Constant after open().
  FileSystem& fs_;
  const SpoolOptions options_;
  const Clock& clock_;
  Uuid id_;
  SpoolRecovery recovery_;
  std::optional<Checkpoint> recovered_checkpoint_;
  std::vector<BatchId> recovered_ids_;
  struct RecoveredRecord {
    Position position;
    std::uint32_t events;
  };
  std::vector<RecoveredRecord> recovered_records_;  // to tell a cursor how much is before it
  std::unique_ptr<FileLock> lock_;
  std::function<void()> on_release_;

  // Owned by the intake's thread.
  std::unique_ptr<SegmentWriter> writer_;

  std::mutex checkpoint_mu_;
  std::unique_ptr<CheckpointFile> checkpoint_;  // guarded by checkpoint_mu_ after open()
  Position former_floor_ = 0;  // guarded by checkpoint_mu_: what the older slot still needs

  mutable std::mutex mu_;  // never held during I/O; everything below is guarded by it
  std::deque<SpoolRecord> memory_;  // contiguous, ends at end_
  std::uint64_t memory_bytes_ = 0;
  std::vector<Segment> segments_;  // by base
  Position begin_ = 0;             // of the oldest record that can still be read
  Position end_ = 0;
  Position committed_ = 0;
  std::vector<Cursor*> cursors_;
  std::map<std::string, Position> parked_cursors_;  // of the checkpoint, not (or no more) open
  bool failed_ = false;
  std::string failure_;
};

}  // namespace ox
