#pragma once
// Events as server-sent events (WHATWG HTML, "Server-sent events"), as they come into log files:
//
//   id: <position>
//   data: <the event as JSON>
//
// A feed that starts from a position goes on behind the event that had it. Where the position takes
// much, because of many types, only the last event of several written together has one.
// Threading: one thread at a time. Bounds: as LogFollower.
#include <cstddef>
#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/read/event_selection.h"
#include "common/store/log_follower.h"

namespace ox {

class TailFeed {
 public:
  // Of `start`: first, only_new, from. `places`: each event has its place (event_json.h).
  TailFeed(FileSystem& fs, const std::string& directory, EventSelection selection,
           FollowOptions start, bool places = false);

  // Appends what has come, until `out` has so many bytes, or `go_on` is false; true: there is no
  // more for now. Errors: those of LogFollower::look(), and of the selection's test.
  Result<bool> fill(std::string& out, std::size_t at_most, std::function<bool()> go_on);

 private:
  const EventSelection selection_;
  const bool places_;
  std::function<bool()> go_on_;
  LogFollower follower_;
  Status failure_;
};

}  // namespace ox
