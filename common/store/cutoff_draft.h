#pragma once
// From what a client asks to be forgotten to the rule that says so (cutoffs.h): where the log files
// are now, and how many events it would hide that can be read today.
#include <cstdint>
#include <functional>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/store/cutoffs.h"
#include "common/store/log_reader.h"
#include "proto/cutoff.h"

namespace ox {

struct CutoffDraft {
  Cutoff rule;                   // without its number
  std::uint64_t hidden = 0;      // when they were asked to be counted
  bool reaches_anything = true;  // false: no log file may have such events
  std::vector<LogFile> files;    // all there are, of any type
  // Files, or the rest of files, that cannot be read. The rule hides what is in
  // them all the same, should they ever be.
  std::vector<Status> problems;
};

// Nobody but the writer of the log files, who only appends, may change them until the rule is
// saved. With `request.count` every file that may have such events is read, but what its index can
// tell; `go_on` is asked now and then, and ends it with kUnavailable. Other errors: a directory
// cannot be listed.
Result<CutoffDraft> draft_cutoff(FileSystem& fs, const Cutoffs& existing,
                                 const CutoffRequest& request, WallTime now,
                                 const std::function<bool()>& go_on);

// Whether every event of a file is hidden, and it has nothing else. Reads up to the first that is
// not.
// Errors: kIo, kCorrupt, ...: of the file, kUnavailable as above.
Result<bool> all_hidden(FileSystem& fs, const LogFile& file, const FileCutoffs& cutoffs,
                        const std::function<bool()>& go_on);

}  // namespace ox
