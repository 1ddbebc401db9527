#pragma once
// The concatenated MessagePack events of a file descriptor that may be a pipe, as they come.
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/signals.h"
#include "common/base/status.h"
#include "common/query/event_query.h"
#include "common/store/event_splitter.h"
#include "oxview/output.h"

namespace ox {

// Threading: one thread. Borrows the output, which is written out before each wait, and the signals.
class StdinEvents : public EventStream {
 public:
  // on_signal: called when there is one to be taken from `signals`; true ends the input.
  StdinEvents(int fd, Output& output, Signals& signals, std::function<bool()> on_signal)
      : fd_(fd), output_(output), signals_(signals), on_signal_(std::move(on_signal)) {}

  // False: the input ends, is damaged, or a signal came; it stays so. An event that is only half
  // there at the end is none.
  Result<bool> next(std::string_view& event) override;
  std::string name() const override { return "standard input"; }
  bool ended() const override { return done_; }
  // kCorrupt and kTooLarge, with the offset of the damage; kIo. Otherwise ok().
  const Status& problem() const override { return problem_; }

 private:
  void fill();

  const int fd_;
  Output& output_;
  Signals& signals_;
  const std::function<bool()> on_signal_;
  EventSplitter splitter_;
  bool at_end_ = false;
  bool done_ = false;
  Status problem_;
};

}  // namespace ox
