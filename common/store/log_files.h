#pragma once
// The log files a collector writes: <directory>/<YYYYMMDD>/<type>-<YYYYMMDD>[HH].log, each the
// bodies of its events one behind the other (proto/README.md, "Log files").
//
// With the spool behind it, it keeps every event exactly once. The owner stores checkpoints: a
// position in the spool, and listing(), the length that each file had there. After a crash a new
// LogFiles cuts the files to these lengths (restore()) and the owner adds everything behind the
// position again:
//
//   add() add() ...                events up to position P; their bytes wait in memory
//   if needs_listing():            an intent:
//     store listing() with the position of the last sync; listed()
//   flush()                        readers see the events
//   check_replaced(), replay       files taken away underneath get their events again
//   sync()                         a checkpoint:
//     store listing() with P; listed()
//
// The position that belongs to listing() is the one as of the last sync() that returned ok (at
// first: that of restore()), whether or not the checkpoint could then be stored.
//
// Durability: an event is safe once a sync() after its add() has returned ok.
// Errors:     on an error of add() or replay() nothing of that event was taken: call it again.
//             kNoSpace, and kIo of a write or an open: what was taken waits in memory, a later
//             call goes on with it. kUnavailable: not before the owner has stored the listing
//             (needs_listing()) or replayed (check_replaced()). A failed fsync: kIo, and from then
//             on every call fails (failed()): the owner makes a new LogFiles from the stored
//             checkpoint.
// Counters:   write.flushed_events and write.bytes reached the operating system, repeats included;
//             write.files_opened, write.files_replaced; write.overflow_types, the events of types
//             beyond max_types; write.errors, failed calls.
// Threading:  one thread, the writer's.
// Bounds:     total_buffer_bytes of events in memory and one more; max_open descriptors. Those
//             beyond are closed, least recently written first, and opened again when needed.
// Ownership:  borrows the file system, the metrics and the clock.
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/metrics.h"
#include "common/base/quantity.h"
#include "common/base/status.h"
#include "common/store/event_buffer.h"
#include "common/store/log_file_writer.h"

namespace ox {

struct LogFilesOptions {
  std::string directory;          // made when missing
  int rotate_hours = 0;           // 0 = a file a day, else 1..12
  std::size_t max_types = 10000;  // distinct types since start; others go to kOverflowType
  std::size_t max_open = 0;       // descriptors; 0: half of RLIMIT_NOFILE. At least 16 in any case
  Micros idle_close = Seconds(60);             // see close_idle()
  std::size_t buffer_bytes = 256 * kKiB;       // of one file; then it is written
  std::size_t total_buffer_bytes = 64 * kMiB;  // of all files
};

class LogFiles {
 public:
  // Errors: kIo.
  static Result<std::unique_ptr<LogFiles>> open(FileSystem& fs, const LogFilesOptions& options,
                                                Metrics& metrics, const Clock& clock);
  // What is not flushed is gone: flush() and sync() before.
  ~LogFiles();

  struct Restored {
    std::size_t cut_files = 0;
    std::uint64_t cut_bytes = 0;
    // All by path, relative to the directory:
    std::vector<std::string> possible_duplicates;  // left as they are, with bytes replay may repeat
    std::vector<std::string> shorter;              // have lost bytes that were synced
    std::vector<std::string> missing;
  };
  // Recovery, before anything else. `listing` is the one in the checkpoint, "" when there is none;
  // `gapless` says that the spool has every event since. A listed file that is the same (inode, CRC
  // before the recorded length) and not shorter is cut to that length, durably. All others, and
  // without `gapless` all, are left as they are and get their events appended.
  // Errors: kCorrupt, kUnsupported for the listing; kIo.
  Result<Restored> restore(std::string_view listing, bool gapless);

  struct Placement {
    std::string_view file;     // path relative to the directory; valid until the next call
    std::uint64_t offset = 0;  // of the event's first byte in the file
  };
  struct TypeFile {
    LogFileWriter* file = nullptr;
    WallTime period{};
  };
  // A type and the file that its events go to now.
  using TypeEntry = std::pair<const std::string, TypeFile>;
  // Good as long as these LogFiles are: whoever adds many events of a type asks once. Error: kInvalid
  // for "".
  Result<TypeEntry*> find_type(std::string_view type);
  // Takes one event; `accepted_at` names the file.
  Result<Placement> add(TypeEntry& type, std::string_view body, WallTime accepted_at);
  Result<Placement> add(std::string_view type, std::string_view body, WallTime accepted_at);
  // As add(), for an event that only has to be put behind others in its file's buffer, as most have; false:
  // nothing was done, and add() is to be asked.
  bool add_next(const TypeEntry& type, std::string_view body, WallTime accepted_at,
                Placement& place) {
    if (!takes_next(type, body.size(), accepted_at)) return false;
    place = take(*type.second.file, body);
    return true;
  }

  // Some file is not in the stored listing; none of its bytes is written before it is.
  bool needs_listing() const { return !unlisted_.empty(); }
  // For the checkpoint: every file that may have bytes behind the last sync, with its length there.
  std::string listing();
  // What listing() said last is stored and synced.
  void listed();

  // Hands all that waits to the operating system. After kNoSpace each file ends behind a whole
  // event. kUnavailable: the rest is written, but some file is not listed, or was replaced.
  Status flush();
  // flush(), then fsyncs every file written since the last sync; then listing() has the new
  // lengths.
  Status sync();

  // Compares the files with their paths. One that was unlinked, renamed, replaced or truncated is
  // closed; when it had events since the last sync these are missing, and its path is returned,
  // until a replay has ended. Meanwhile add() and sync() are kUnavailable. What another name still
  // keeps of a renamed file is left alone.
  //
  // Replay: begin_replay(); replay() every event that add() took since the position of the last
  // sync, in the same order; end_replay(). After an error in between begin_replay() starts all
  // over. The files are new ones to the listing: see needs_listing(). Then check_replaced() again:
  // a file may have been taken away in the meantime.
  std::vector<std::string> check_replaced();
  Status begin_replay();
  // Nothing when the event's file is not one of those replaced.
  Result<std::optional<Placement>> replay(std::string_view type, std::string_view body,
                                          WallTime accepted_at);
  void end_replay();
  // Instead of a replay, for a spool that cannot: the files go on with what was not yet written to
  // them; it may get other offsets than told. After an error it may be called again.
  Status continue_without_replay();

  // Forgets files in which everything is synced and that were not written for idle_close, those of
  // periods long ended among them. Call it about once a second.
  void close_idle();

  // Whether the file at this path (relative to the directory) has events to come, is open, or may
  // have been written since the last sync.
  bool knows(std::string_view path) const { return files_.contains(path); }

  std::uint64_t buffered_bytes() const { return buffered_bytes_; }
  std::size_t open_files() const { return open_.size(); }  // descriptors
  bool failed() const { return failed_; }

 private:
  struct TypeHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  using Types = std::unordered_map<std::string, TypeFile, TypeHash, std::equal_to<>>;

  LogFiles(FileSystem& fs, const LogFilesOptions& options, Metrics& metrics, const Clock& clock);

  // The common case: a file that has some of this period's events in its buffer, and room there for this one.
  bool takes_next(const TypeEntry& type, std::size_t size, WallTime accepted_at) const {
    const LogFileWriter* file = type.second.file;
    return file != nullptr && file->queued && accepted_at == period_for_ &&
           type.second.period == period_ && replaced_.empty() && !failed_ && &type != &overflow_ &&
           has_room(*file, size);
  }
  bool has_room(const LogFileWriter& file, std::size_t size) const {
    return file.buffer().size() + size <= options_.buffer_bytes &&
           buffered_bytes_ + size <= options_.total_buffer_bytes;
  }
  Placement take(LogFileWriter& file, std::string_view body) {
    const Placement placement{file.path(), file.end()};
    file.append(body);
    buffered_bytes_ += body.size();
    return placement;
  }

  WallTime period_of(WallTime t);
  // That of the type, or of kOverflowType.
  TypeEntry& type_entry(std::string_view type);
  Result<LogFileWriter*> find_or_attach_slow(TypeEntry& entry, WallTime accepted_at);
  Result<Placement> append(LogFileWriter& file, std::string_view body);
  Status make_room_slow(LogFileWriter& file, std::size_t bytes);

  Status attach(LogFileWriter& file);
  Status prepare_directory(const std::string& directory);
  // Descriptors.
  Status make_open(LogFileWriter& file);
  Status evict();
  Status close_file(LogFileWriter& file);
  // A file that is gone makes these kUnavailable.
  Status write_file(LogFileWriter& file);
  Status sync_file(LogFileWriter& file);
  Status note_replaced(LogFileWriter& file);
  void drop_buffer(LogFileWriter& file);
  void recycle_buffer(LogFileWriter& file);
  void forget(const std::vector<LogFileWriter*>& files);
  Status restore_file(const ListedFile& recorded, bool gapless, Restored& restored);
  Status counted(Status status);
  Status failure() const;

  FileSystem& fs_;
  const LogFilesOptions options_;
  const std::size_t max_open_;
  const Clock& clock_;
  Counter& events_;
  Counter& bytes_;
  Counter& files_opened_;
  Counter& files_replaced_;
  Counter& overflow_types_;
  Counter& errors_;

  Types types_;
  TypeEntry overflow_;  // of the types that found no place in types_
  std::map<std::string, std::unique_ptr<LogFileWriter>, std::less<>> files_;  // by path
  std::vector<LogFileWriter*> unlisted_;
  std::vector<LogFileWriter*> buffered_;  // those that are queued
  std::vector<LogFileWriter*> unsynced_;  // with bytes written since the last sync
  std::vector<LogFileWriter*> replaced_;  // waiting for a replay
  std::list<LogFileWriter*> open_;        // with a descriptor, most recently used first
  std::set<std::string> directories_;     // known to exist durably
  std::vector<EventBuffer> spare_buffers_;
  std::uint64_t buffered_bytes_ = 0;
  std::uint64_t generation_ = 0;         // of the file attached last
  std::uint64_t listed_generation_ = 0;  // the listing last taken has files up to this
  WallTime period_for_{};                // period_of() this is period_
  WallTime period_{};
  bool replaying_ = false;
  bool failed_ = false;
};

}  // namespace ox
