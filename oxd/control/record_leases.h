#pragma once
// The authority for record ids (proto/README.md, "Record ids"): leases parts of their space to the
// processes that make ids, and keeps what was given out in the file `record-ids`.
// Durability: a lease is on the disk, synced, before anybody hears of it; a crash in between wastes
//             it. Where the file is damaged nothing is leased: ids that came twice would be worse.
// Threading:  one thread. Ownership: `fs`, `clock` and `metrics` must outlive it.
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "oxd/control/record_lanes.h"
#include "proto/record_id.h"

namespace ox {

// Whether the log path has nothing in it yet but the `.oxd` of the node itself.
bool holds_no_logs(FileSystem& fs, const std::string& log_path);

class RecordLeases {
 public:
  RecordLeases(FileSystem& fs, const Clock& clock, Metrics& metrics);

  // Reads the file in `directory`, which is this process's alone, or makes it. `fresh`: nothing of
  // the node was there before, so that nothing can have been leased. A file that is missing though
  // there is other history begins where no former lease reaches: an hour and ten minutes ahead.
  // What is wrong is logged, is the answer to every request, and is looked at again then: a node
  // runs on without ids.
  void open(const std::string& directory, bool fresh);

  // Errors: kUnsupported before open(); kInvalid; kUnavailable; kCorrupt, kIo and kNoSpace of the
  // file. Nothing was given out then.
  Result<RecordIdReply> answer(const RecordIdRequest& request);

  // Why nothing is leased; ok() when all is well.
  const Status& problem() const { return problem_; }

 private:
  Status load();
  void try_to_load();
  Status save(const RecordLanes& lanes);

  FileSystem& fs_;
  const Clock& clock_;
  Counter& leased_;
  Counter& released_;
  Counter& refused_;
  std::string path_;    // "" before open()
  bool fresh_ = false;  // no file was ever there
  Status problem_;
  RecordLanes lanes_;
};

}  // namespace ox
