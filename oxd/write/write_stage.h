#pragma once
// The files output: a cursor over the spool whose records go to the log files, each event exactly
// once whatever stops this process in between.
//
//   records --> LogFiles buffers --flush: write()--> files --sync--> checkpoint --> cursor released
//
// What is written after a checkpoint is cut off again when the checkpoint is all that a crash
// leaves, and comes again from the spool. Threading: a thread of its own from start() to stop().
// What is declared thread-safe may be called from others in between.
#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/spool/spool.h"
#include "common/store/log_files.h"
#include "oxd/checkpoints.h"
#include "oxd/tail_feed.h"

namespace ox {

struct WriteOptions {
  LogFilesOptions files;
  Micros checkpoint_interval = Seconds(2);
  std::uint64_t checkpoint_bytes = 64 << 20;  // of records, since the last one
  Micros retry = Millis(500);                 // after an error
};

// What STATUS says of the files output.
struct WriteStatus {
  std::string reason;                // what is wrong now; "" when nothing is
  std::uint64_t pending_events = 0;  // not yet safe in the files
  std::uint64_t pending_bytes = 0;
  std::uint64_t written_events = 0;
  std::optional<WallTime> oldest_pending;
};

class WriteStage {
 public:
  static constexpr const char* kCursorName = "files";

  // References must outlive the stage. `spool` is on disk.
  WriteStage(FileSystem& fs, Spool& spool, Checkpoints& checkpoints, TailFeed& tail,
             Metrics& metrics, const Clock& clock, const WriteOptions& options);
  ~WriteStage();

  // Takes up what the last checkpoint says: cuts the files to where it left them. Before start(),
  // and before the intake takes anything. Errors: of the log directory.
  Status open();
  void start();
  // Makes a last checkpoint, and ends.
  void stop();

  // Thread-safe.
  WriteStatus status() const;
  // Asks for a checkpoint soon, whatever the interval. Thread-safe.
  void checkpoint_soon();
  // Runs `change`, which replaces or removes the log file at `path` (relative to the log directory), on
  // our thread, when the file is closed: nothing is to be written to it, and neither of the
  // checkpoints that a crash may leave knows of it. From another thread, between start() and stop().
  // Errors: kUnavailable: not now, perhaps later; those of `change`.
  Status change_closed(const std::string& path, const std::function<Status()>& change);
  // Everything before this position is safe in the files. Thread-safe.
  Position released() const { return cursor_->released(); }

 private:
  Status recover();
  void wake();
  void work();
  void maintain();
  Status change_if_closed(const std::string& path, const std::function<Status()>& change);
  // Each false when something is wrong and must be tried again later; told in failed_with().
  bool write_available();
  bool next_record();
  bool write_record();
  static void note_place(TailPlaces& places, const LogFiles::Placement& place);
  bool flush();
  bool checkpoint();
  bool store_checkpoint();
  // Does what LogFiles asks for with kUnavailable.
  bool make_available();
  bool replay_replaced();
  Status replay();
  Status replay_records();
  Status replay_events(const SpoolRecord& record, BatchCursor& events, std::uint64_t count);
  void finish_record();
  void failed_with(const Status& status);
  void start_over();

  FileSystem& fs_;
  Spool& spool_;
  Checkpoints& checkpoints_;
  TailFeed& tail_;
  Metrics& metrics_;
  const Clock& clock_;
  const WriteOptions options_;
  Counter& events_;
  Counter& failures_;
  LogLimiter limiter_;

  EventLoop loop_;
  std::thread thread_;
  std::atomic<bool> work_posted_{false};
  std::unique_ptr<LogFiles> files_;
  std::unique_ptr<Cursor> cursor_;
  Position live_from_ =
      0;  // records before were taken by an earlier process: they are not shown live

  // The record that is being added; it is whole in the buffers before anything else happens.
  struct Current {
    SpoolRecord record;
    BatchCursor rest;         // events that are not added yet
    std::uint64_t added = 0;  // events
    std::shared_ptr<TailPlaces> places;
    std::vector<LogFiles::TypeEntry*> types;  // by pair of the batch; null: not looked for yet
  };
  std::optional<Current> current_;
  struct Shown {
    BatchPtr batch;
    std::shared_ptr<const TailPlaces> places;
  };
  std::vector<Shown> to_show_;  // added, and shown on the tail once they are written

  Position added_ = 0;         // every record before is in files_
  Position synced_ = 0;        // and before this one, safe
  Position checkpointed_ = 0;  // and known to be
  std::string listing_;        // of the checkpoint at checkpointed_
  // Those of the two checkpoints stored last, of this process.
  std::array<std::optional<std::string>, 2> stored_listings_;
  MonoTime checkpointed_at_{};
  MonoTime looked_at_{};  // when the files were last compared with their names
  bool checkpoint_wanted_ = false;
  bool failing_ = false;
  MonoTime retry_at_{};

  mutable std::mutex mu_;
  std::string reason_;  // guarded by mu_
};

}  // namespace ox
