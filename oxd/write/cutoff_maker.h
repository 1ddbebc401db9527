#pragma once
// Makes the rules by which readers leave events out (common/store/cutoffs.h) of what control
// clients ask for. A crash leaves a rule whole or none of it; a request that comes again finds
// nothing left to hide.
//
//   flush --> read and count up to here --> flush --> save --> answer
//
// The first flush is for what was accepted before the request, the second makes the lengths that
// the rule names lengths that no recovery cuts a file below.
// Threading: ask() from any thread; the work is done where `run` has it done.
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/store/cutoffs.h"
#include "proto/cutoff.h"

namespace ox {

class CutoffMaker {
 public:
  using Done = std::function<void(const CutoffReply&)>;
  // Has something done on the keeper's thread, or calls it with false when the node stops.
  using Run = std::function<void(std::function<void(bool go)>)>;
  // From any thread: calls `done` once everything accepted before is in the files and synced.
  using Flush = std::function<void(std::function<void(Status)> done)>;

  // `go_on`: false when the node stops. References must outlive it.
  CutoffMaker(FileSystem& fs, std::string directory, Run run, Flush flush,
              std::function<bool()> go_on, Metrics& metrics, const Clock& clock);

  // `done` is called once, on any thread. The same request, while it still waits, is done once for
  // all who ask.
  void ask(const CutoffRequest& request, Done done);

 private:
  CutoffReply make(const CutoffRequest& request);
  Result<std::optional<std::uint64_t>> try_to_make(const CutoffRequest& request);
  Status flush();

  FileSystem& fs_;
  const std::string directory_;
  const Run run_;
  const Flush flush_;
  const std::function<bool()> go_on_;
  const Clock& clock_;
  Counter& made_;
  Counter& hidden_;
  Counter& failed_;

  std::mutex mu_;
  std::map<std::string, std::vector<Done>> waiting_;  // guarded by mu_; by the encoded request
};

}  // namespace ox
