#pragma once
// The FLUSH requests that are being waited for: each is done when everything accepted before it is
// in the files and synced, and acknowledged by the next nodes. Threading: the thread of `loop`.
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/status.h"
#include "common/spool/segment.h"

namespace ox {

class Flushes {
 public:
  // What a flush asks of the node.
  struct Node {
    // Calls `done`, on any thread, when what the collect socket had is with the intake.
    std::function<void(std::function<void()> done)> flush_collect;
    std::function<bool()> intake_idle;  // nothing waits to come into the spool
    std::function<Position()> end;      // of the spool
    std::function<void()> hurry;        // asks the outputs to finish soon
    std::function<Position()> written;  // everything before is in the files and synced
    std::function<Position()> forwarded;
  };
  static constexpr Micros kPatience = Seconds(30);

  Flushes(EventLoop& loop, const Clock& clock, Node node)
      : loop_(loop), clock_(clock), node_(std::move(node)) {}

  enum class What {
    kAll,
    kFiles,  // what the next nodes acknowledge is not waited for
  };
  // `done` is called once, from the loop. Error: kUnavailable after kPatience, naming what lags.
  void add(std::function<void(Status)> done, What what = What::kAll);
  // Ends all that wait with kUnavailable.
  void stop();

 private:
  struct Flush {
    std::function<void(Status)> done;
    What what = What::kAll;
    MonoTime deadline{};
    bool collected = false;          // what the collect socket had is with the intake
    std::optional<Position> target;  // everything before must be released
  };
  void check();

  EventLoop& loop_;
  const Clock& clock_;
  const Node node_;
  std::list<std::shared_ptr<Flush>> waiting_;
  EventLoop::Id timer_ = 0;
};

}  // namespace ox
