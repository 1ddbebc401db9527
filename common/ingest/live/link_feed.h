#pragma once
// A gate for clients' events with a link behind it, for programs that take events beside other work.
// Threading: everything on the loop's thread, but for gate().submit() and problem().
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/ingest/live/group_queue.h"
#include "common/ingest/live/link_options.h"
#include "common/ingest/live/link_transport.h"

namespace ox {

class LinkFeed : private TransportOwner {
 public:
  // The references must outlive the feed.
  LinkFeed(EventLoop& loop, const LinkFeedOptions& options, Metrics& metrics);
  ~LinkFeed() override;

  EventGate& gate() { return gate_; }
  void start();
  // While nobody takes events, why; thread-safe.
  std::string problem() const;

  // Nothing more is taken; `ended` is called, once, when all is acknowledged or `linger` is over.
  void stop(Micros linger, std::function<void()> ended);
  // When not all was acknowledged at the end: what became of it. "" otherwise.
  std::string loss() const { return transport_.loss(); }

 private:
  void room() override { progressed(); }
  void progressed() override;
  void end_when_drained();

  EventLoop& loop_;
  LinkTransport transport_;
  GroupQueue gate_;
  EventLoop::Id tick_ = 0;
  std::function<void()> ended_;  // empty: not stopped
  bool finishing_ = false;
  MonoTime give_up_{};
  mutable std::mutex mu_;
  std::string problem_;  // guarded by mu_
};

}  // namespace ox
