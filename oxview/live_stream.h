#pragma once
// The live events of an oxd, one after the other, for a SELECT.
#include <deque>
#include <string>
#include <string_view>

#include "common/base/address.h"
#include "common/base/signals.h"
#include "common/query/event_query.h"
#include "oxview/live_view.h"
#include "oxview/output.h"
#include "proto/type_pattern.h"

namespace ox {

// Threading: one thread. Borrows the output, which is written out before each wait, and the signals.
// Bounds: a thousand events that wait to be asked for.
class LiveStream : public EventStream, private LiveTaker {
 public:
  LiveStream(const Address& control, const TypePattern& pattern, Output& output, Signals& signals)
      : output_(output), signals_(signals), live_(control, pattern, *this, signals) {}

  // False: a signal came. Errors: those of LiveView::wait().
  Result<bool> next(std::string_view& event) override;
  std::string name() const override { return "a stream of live events"; }
  bool ended() const override { return ended_; }
  const Status& problem() const override { return no_problem_; }

 private:
  Status take(std::string_view event) override;
  void idle() override { idle_ = true; }
  void on_signal() override { ended_ = ended_ || signals_.take() != 0; }
  bool wants_more() const override;
  bool done() const override { return ended_; }

  Output& output_;
  Signals& signals_;
  std::deque<std::string> waiting_;
  std::string current_;
  bool idle_ = false;
  bool ended_ = false;
  const Status no_problem_;
  LiveView live_;
};

}  // namespace ox
