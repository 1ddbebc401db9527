#pragma once
// Keeps an index beside each log file (common/store/log_index.h). Works in rounds that take a part
// of the time only, so that what is left of a core is the writer's: files whose day is over get up
// to a quarter of it, those that are still written 3 %, and are gone on with once they have grown.
// A large backlog takes some rounds. Threading: one thread, the log keeper's.
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/store/log_reader.h"

namespace ox {

class IndexKeeper {
 public:
  // An open file is looked at again when it has grown by so much.
  static constexpr std::uint64_t kGrowth = 8 << 20;

  // References must outlive it. `interval`: from round to round.
  IndexKeeper(FileSystem& fs, Metrics& metrics, const Clock& clock, Micros interval);

  struct Indexed {
    LogFile file;
    std::uint64_t bytes = 0;
    bool closed = false;  // its day is over
  };
  // One round over all log files there are; gives up when `go_on` says false.
  void look(const std::vector<Indexed>& files, const std::function<bool()>& go_on);

 private:
  // False: the round is over.
  bool bring_up_to_date(const Indexed& indexed, MonoTime until, const std::function<bool()>& go_on);

  FileSystem& fs_;
  const Clock& clock_;
  const Micros interval_;
  Counter& files_;
  Counter& read_bytes_;
  Counter& errors_;
  LogLimiter limiter_;

  struct Seen {
    std::uint64_t bytes = 0;
    bool closed = false;
  };
  std::map<std::string, Seen> seen_;  // by path; those that are up to date
};

}  // namespace ox
