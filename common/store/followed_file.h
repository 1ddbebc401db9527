#pragma once
// One log file that is followed (log_follower.h): up to where its events were given out, and how to
// know it again when it was cut, replaced or compressed meanwhile.
// Threading: one thread.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/base/uuid.h"
#include "common/store/cutoffs.h"
#include "common/store/event_conditions.h"
#include "common/store/event_matcher.h"
#include "common/store/event_scan.h"
#include "common/store/file_scan.h"
#include "common/store/log_index.h"
#include "common/store/log_place.h"
#include "common/store/log_reader.h"
#include "common/store/raw_log.h"

namespace ox {

// Takes an event, which is valid for the call. False: no more, for now.
using FollowEach = std::function<bool(std::string_view event, const LogPlace& place)>;

// What all files are followed with.
struct FollowContext {
  FileSystem& fs;
  const std::string directory;
  const EventConditions conditions;
  const bool types_by_file_name;
  const std::function<bool()> go_on;                 // false: reading ends at the next block
  const std::function<void(const Status&)> problem;  // what cannot be read, each once
  Cutoffs cutoffs = {};
  ScanProgress progress = {};
};

class FollowedFile {
 public:
  static constexpr std::uint64_t kNowhere = UINT64_MAX;

  FollowedFile(const FollowContext& context, LogFile file);

  const LogFile& file() const { return file_; }
  // Below the log directory, without the suffix of its compression.
  const std::string& place() const { return place_; }
  // The path without that suffix.
  std::string_view log_path() const;
  // Whole events before this were given out, or were not wanted. In decompressed bytes.
  std::uint64_t mark() const { return mark_; }
  // Goes on from there, whatever the file has before; from the front when it has no such place.
  void start_at(std::uint64_t mark, const FileInfo& info) {
    if (compressed() || mark <= info.size) mark_ = mark;
  }
  bool compressed() const { return file_.compression != Compression::kNone; }

  // Looks at the file as it lies: `info` is what the file system says of it. Afterwards behind()
  // says whether there is something to be read.
  void look(FollowContext& context, const FileInfo& info);
  bool behind() const { return behind_; }
  // The same, but for half an event at the end.
  bool has_events_to_come() const { return behind_ && size_ != read_at_; }
  // Whether that is not the file that was looked at before.
  bool changed(const FileInfo& info) const { return id_ && *id_ != info.id; }

  // Gives out what lies between the mark and `until`. False when `each` or go_on said so.
  bool read(FollowContext& context, std::uint64_t until, const FollowEach& each);
  // Passes over what there is now.
  void skip_to_end(FollowContext& context);
  // The file was taken away from its path: gives out what the open one has still to give, when it is
  // open. True: everything that was ever written to it was given out. `stopped`: as read().
  bool read_rest(FollowContext& context, const FollowEach& each, bool& stopped);

  // A live event, which a node of this boot has written at `offset`.
  struct Live {
    const Uuid& boot;
    std::uint64_t offset;
    std::string_view event;
  };
  // Gives it out when it is the next; what is missing before it is read. Nothing for one that was
  // given out, and for a file that look() has to see first. Whatever a boot tells first of a file is
  // read from it and compared. `foreign`: the file says otherwise. False as read().
  bool take(FollowContext& context, const Live& live, const FollowEach& each, bool& foreign);

  // This one was made by compressing `log`, which is followed up to its mark: goes on from there,
  // or at the end when `complete`. `appended`: this file was there before, and has the log's events
  // behind its own.
  void succeed(FollowContext& context, const FollowedFile& log, bool complete, bool appended);

  // Bookkeeping of LogFollower.
  std::uint64_t seen_in = 0;              // number of the look that saw it last
  std::uint64_t behind_since = kNowhere;  // the mark that it had when it was seen to be behind
  std::uint64_t used_in = 0;              // number of its last use
  bool is_open() const { return raw_.has_value(); }
  void close() { raw_.reset(); }

 private:
  // Bytes before the mark by which the file is known again.
  struct Check {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    std::uint32_t crc = 0;
  };

  bool read_from(FollowContext& context, RawLog raw, bool use_index, std::uint64_t until,
                 const FollowEach& each);
  bool verify(FollowContext& context, const std::string& path) const;
  void remember(std::uint64_t offset, std::string_view bytes);
  void start_again();
  Result<RawLog> open_raw(FollowContext& context);

  LogFile file_;
  std::string place_;
  std::optional<FileId> id_;
  std::uint64_t mark_ = 0;
  std::uint64_t size_ = 0;            // as it lies, when looked at
  std::uint64_t read_at_ = kNowhere;  // size_ when it was read to its end
  Check check_;
  std::optional<RawLog> raw_;  // open, of a log file that is written
  std::optional<EventMatcher> live_matcher_;
  bool behind_ = false;
  bool was_cut_ = false;   // and is not known again yet
  bool finished_ = false;  // a compressed one, read to its end
  bool damaged_ = false;
  std::uint64_t told_at_ = kNowhere;  // size when it could not be opened
  std::optional<Uuid> trusted_;       // its live events are those of the file
  std::optional<std::uint64_t> last_live_;
};

}  // namespace ox
