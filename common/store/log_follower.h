#pragma once
// The events of a log directory, those that are there and then those that come, each given out once:
// a file is read from where its events were given out last. Live events of the node that writes the
// files may be given in as well: they are told from files that hold them, and say at once, and in the
// order in which they were written, what a look at the files would find later.
//
// Without a gap or a repeat whatever the live side does: a live event counts only at the very offset
// that its file was given out to; what is missing before it is read from the file; one before it
// was given out. That holds through
//   - new files: of a new hour, a new type, a late one of a past day;
//   - compression: what was read is known again in the .zst, by offset and a CRC;
//   - a crash of oxd, which cuts its files and writes the same events again: a file that is shorter
//     than it was is waited for;
//   - removal: what a removed file had still to give is read when it was open here.
// A log file that somebody removes or replaces underneath a running oxd begins anew: of what oxd
// writes again (log_files.h) some may be given out a second time.
//
// Order:      what is there: as EventScan has it. Then as it comes: in a file as written; live
//             events as the node has written them.
// Damage:     events before the damaged place of a file, and none behind it.
// Threading:  one thread.
// Bounds:     memory for a block and an event (event_scan.h), and some 300 bytes a file; 256 files
//             are kept open.
// Ownership:  borrows the file system.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/event_conditions.h"
#include "common/store/follow_cursor.h"
#include "common/store/followed_file.h"
#include "proto/tail.h"

namespace ox {

struct FollowOptions {
  // Only files that may hold events received from here on.
  WallTime first = WallTime::min() / 2;
  bool types_by_file_name = false;  // ScanOptions
  bool only_new = false;            // what is there at the first look is passed over
  std::optional<FollowCursor> from = std::nullopt;  // what lies before it is passed over
  std::function<bool()> go_on = {};                 // asked once a block; false ends a call early
  std::function<void(const Status&)> problem = {};  // is told what cannot be read
};

class LogFollower {
 public:
  LogFollower(FileSystem& fs, std::string directory, EventConditions conditions,
              FollowOptions options);
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;

  // All: everything that can be read is. Patient: files that have moved on since the last look are
  // left to the live events, which are expected to tell of them.
  enum class Look { kAll, kPatient };
  // True: there is no more for now. False: `each` or go_on ended it; the next call goes on with what
  // is left. Errors: the directory cannot be listed, the cut-offs cannot be read: nothing was given
  // out then.
  Result<bool> look(Look how, const FollowEach& each);

  // A live event. False when `each` or go_on said so.
  bool take(const TailPosition& position, std::string_view event, const FollowEach& each);
  // Live events of a node were not those of these files.
  bool foreign() const { return foreign_; }

  // Where it stands, the event at hand given out: one that starts from there goes on behind it.
  // Asked within a look() too. Cost: that of the files of the last two periods.
  FollowCursor cursor() const;
  // Files that are known, and bytes read of them.
  std::size_t files() const { return files_.size(); }
  const ScanProgress& progress() const { return context_.progress; }

 private:
  using Files = std::map<std::string, FollowedFile, std::less<>>;  // by path

  WallTime listed_from() const;
  bool wanted(std::string_view type) const;
  void see(const LogFile& file, const std::set<std::string_view>& listed, const FollowEach& each,
           bool& stopped);
  bool succeed(FollowedFile& file, bool is_new, const std::set<std::string_view>& listed,
               const FollowEach& each, bool& stopped);
  bool forget_missing(WallTime first, const FollowEach& each);
  bool read(FollowedFile& file, const FollowEach& each);
  void close_others();
  void begin(FollowedFile& file, const FileInfo& info);
  void find_latest();
  FollowedFile* find_live(const std::string& path);

  FollowContext context_;
  const FollowOptions options_;
  Files files_;
  std::size_t open_ = 0;  // files kept open, or more
  std::uint64_t uses_ = 0;
  std::string next_;  // path of the file at hand when a look ended early
  std::uint64_t looks_ = 0;
  std::set<std::string> told_;               // problems of listing
  WallTime latest_from_{};                   // cursor()
  std::vector<const FollowedFile*> latest_;  // files of periods from there on
  bool foreign_ = false;
};

}  // namespace ox
