#pragma once
// The events in log files, and then those that come, on standard output, without a gap or a repeat
// (common/store/log_follower.h). The live events of an oxd make it quick, and keep the order in
// which events come; without one the files are looked at every half a second.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/file_system.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "common/store/log_follower.h"
#include "oxview/file_view.h"
#include "oxview/live_feed.h"
#include "oxview/look_pace.h"
#include "oxview/output.h"
#include "oxview/printer.h"

namespace ox {

// Threading: one thread. Borrows all but what is moved in.
class FollowView {
 public:
  // Of `selection`, `last` and `newest_first` do not count.
  FollowView(FileSystem& fs, const FileSelection& selection, Address control, Output& output,
             Printer& printer, Signals& signals);

  // Returns when the output ends or a signal comes. Error: the log directory cannot be read at the
  // start.
  Status run();
  // Every event could be read up to now.
  bool good() const { return good_; }

 private:
  void look();
  void take(const std::vector<zmq::message_t>& frames);
  bool show(std::string_view event, const LogPlace& place);
  void stop_unless_open();

  const std::string directory_;
  const Address control_;
  Output& output_;
  Printer& printer_;
  Signals& signals_;

  EventLoop loop_;
  LogLimiter limiter_;
  LogFollower follower_;
  FollowEach each_;
  std::uint64_t shown_ = 0;
  bool good_ = true;
  bool told_foreign_ = false;
  LookPace pace_{LiveFeed::kBeat};
  LiveFeed feed_;
};

}  // namespace ox
