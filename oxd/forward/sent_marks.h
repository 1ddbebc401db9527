#pragma once
// How far a link target was ever sent anything, and since when it may have what it has not
// acknowledged: so that a batch that was in doubt for too long is not sent again. A receiver
// forgets what it has 30 days (of its uptime) after it last heard of it, and would store it a
// second time. Kept across restarts in the file `sent` beside the spool, which is written rarely
// (every 256 MiB, hour or lost connection) and so says a bit more, and earlier, than is true.
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/spool/segment.h"

namespace ox {

// The file. Threading: thread-safe.
class SentMarks {
 public:
  struct Mark {
    Position to = 0;   // records from here on were never sent
    WallTime since{};  // the others, where not acknowledged, were first sent no earlier
    bool operator==(const Mark&) const = default;
  };

  // `begin` and `end`: what there is in the spool; what comes behind it was not sent by an earlier
  // process. An empty `directory` keeps nothing. `fs` must outlive it. Errors: kIo; kCorrupt for a
  // file that holds something else.
  static Result<std::unique_ptr<SentMarks>> load(FileSystem& fs, const std::string& directory,
                                                 Position begin, Position end);

  Mark of(const std::string& target) const;
  Status save(const std::string& target, const Mark& mark);  // synced

 private:
  SentMarks(FileSystem& fs, std::string path) : fs_(fs), path_(std::move(path)) {}

  FileSystem& fs_;
  const std::string path_;  // "" keeps nothing

  mutable std::mutex mu_;
  std::map<std::string, Mark> marks_;  // guarded by mu_
};

// One target's. A mark that cannot be written is told, and sending goes on: the disk may need that.
// Threading: one thread.
class SentMark {
 public:
  SentMark(SentMarks& marks, std::string target);

  // A record, or the next part of the one before, is about to be given to the target. When it may
  // have been sent there first; nothing when it never was.
  std::optional<WallTime> give(Position position, Position end, WallTime now);
  // The oldest `count` of those given are acknowledged, or disposed of.
  void answered(std::size_t count);
  // Nothing is on its way any more; what is not acknowledged may be given again.
  void taken_back();

  // Makes the file say how far was really sent.
  void settle(WallTime now);
  // The same, when the file is old. To be called now and then.
  void look(WallTime now);

 private:
  void save(const SentMarks::Mark& mark, WallTime now);

  SentMarks& marks_;
  const std::string target_;
  SentMarks::Mark mark_;              // what is true
  SentMarks::Mark saved_;             // what the file says
  std::optional<WallTime> saved_at_;  // by this process
  std::optional<WallTime> failed_at_;
  std::deque<WallTime> outstanding_;  // when each was first sent
  std::optional<Position> record_;    // the last that was given
  std::optional<WallTime> record_first_sent_;
  LogLimiter limiter_;
};

}  // namespace ox
