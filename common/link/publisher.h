#pragma once
// Events in, acknowledgements out: what oxingest and the client library share. Seals events into
// batches, keeps them in memory until a receiver has them, and gives them to the link.
//
//   add() --sealer--> entries (in order) --pump(), within the window--> LinkSender ... released()
//
// Of several receivers the first that can be reached is used. When it is lost for `failover_after`,
// what it has not acknowledged goes to the next one (and what was sent before may be there twice:
// counted); when one further in front is back, new batches go there, and the old receiver keeps
// what it was given until it has acknowledged it.
// A batch that a receiver refuses for what it is, or that was in doubt for too long to be sent
// again, is held (kept in memory, counted and logged), unless the owner keeps it. Nothing that was taken is ever dropped here.
// Who seals batches by itself, or has some of an earlier run, gives them to publish() instead of
// add().
// Counters: publish.held_batches, publish.held_events, publish.maybe_duplicated_events, and those
// of LinkSender.
// Threading: everything on the thread of `loop`; start() and stop() may run before and after it.
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/link/node_identity.h"
#include "common/link/sender.h"
#include "proto/batch.h"
#include "proto/link.h"
#include "proto/sealer.h"

namespace ox {

struct LinkPublisherOptions {
  SealerOptions sealing;
  // Bytes of events not acknowledged, kLinkBatchOverhead for each batch included.
  std::uint64_t memory_limit = 64 << 20;
  Micros failover_after = Seconds(2);
  LinkSenderOptions link;
};

// What a small batch costs in memory beyond its own bytes, roughly.
inline constexpr std::uint64_t kLinkBatchOverhead = 512;

// Told on the loop's thread, never from inside add(), input_dry() or flush(). The publisher may be
// used in there, but not destroyed.
class LinkPublisherOwner {
 public:
  virtual ~LinkPublisherOwner() = default;
  // add() takes events again, after it refused one. Called once for each time it began to refuse.
  virtual void room() {}
  // settled_events() grew.
  virtual void settled() {}
  // state(), reason(), target() or peer() may have changed, or can_publish().
  virtual void link_changed() {}
  // A receiver refuses this batch for what it is. True: the owner keeps it, and it counts as
  // acknowledged here.
  virtual bool refused(const Batch& batch, RejectReason reason, const std::string& detail) {
    (void)batch, (void)reason, (void)detail;
    return false;
  }
  // As refused(): it was sent so long ago, and never acknowledged, that the receiver may have
  // forgotten that it has it.
  virtual bool in_doubt_too_long(const Batch& batch) {
    (void)batch;
    return false;
  }
};

class LinkPublisher {
 public:
  // `receivers`: link addresses in order of preference, at least one. The references must outlive
  // the publisher.
  LinkPublisher(zmq::context_t& context, EventLoop& loop, const NodeIdentity& self,
                const std::vector<Address>& receivers, LinkPublisherOwner& owner, Metrics& metrics,
                const Clock& clock = Clock::system(), const LinkPublisherOptions& options = {});
  ~LinkPublisher();
  LinkPublisher(const LinkPublisher&) = delete;
  LinkPublisher& operator=(const LinkPublisher&) = delete;

  // Connects. Events may be added before.
  void start();
  // Ends the sessions. What is not acknowledged stays counted in waiting_events().
  void stop();

  // True for what add() may be given: a type of 1 to kMaxNameBytes bytes, a host of up to as many,
  // and a body of up to kMaxEventBytes.
  static bool can_carry(std::string_view type, std::string_view host, std::size_t body_size);
  // Copies the event in. False when it would go over the memory limit: nothing was taken; room()
  // will tell. A publisher without anything in memory takes any event it can carry.
  [[nodiscard]] bool add(std::string_view type, std::string_view host, double end,
                         std::string_view body);
  // Nothing more can be added at the moment: what waits to fill a batch may as well go.
  void input_dry();
  // Seals what was added so far.
  void flush();

  // True when a sealed batch of `bytes` would be given to a receiver at once.
  bool can_publish(std::size_t bytes) const;
  // Takes a batch of another's sealing, of any run; it counts against the memory limit, but is
  // never refused. Each identity once.
  void publish(BatchPtr batch);
  // Of the first so many batches, sealed here or published, in order, each came to its end.
  std::uint64_t settled_batches() const { return first_number_ - 1; }

  // Since the start, in events.
  std::uint64_t taken_events() const { return taken_; }
  // Of the first so many taken, in order, each is acknowledged or held. An acknowledgement counts
  // here as soon as all before it are settled, too.
  std::uint64_t settled_events() const { return settled_; }
  // Of the settled ones.
  std::uint64_t acked_events() const { return settled_ - held_events_; }
  std::uint64_t held_events() const { return held_events_; }
  // Neither acknowledged nor held, as far as settled_events() knows.
  std::uint64_t waiting_events() const { return taken_ - settled_; }
  // Nothing waits; held events are all that may be left.
  bool drained() const { return waiting_events() == 0; }
  // Counted against the memory limit now.
  std::uint64_t memory_used() const { return used_ + open_bytes_; }
  // Why the last batch held is held; "" when none is.
  const std::string& held_reason() const { return held_reason_; }

  // Of the receiver that new batches go to, or would go to.
  LinkState state() const { return active().state(); }
  const std::string& reason() const { return active().reason(); }
  MonoTime state_since() const { return active().state_since(); }
  const Address& target() const { return active().target(); }
  const std::optional<Welcome>& peer() const { return active().peer(); }

 private:
  // One receiver, and which batches it was given, in order: of the run's numbers.
  struct Route;

  struct Entry {
    BatchPtr batch;
    std::uint32_t events = 0;
    std::uint64_t bytes = 0;  // counted in used_
    bool done = false;        // acknowledged, or held
    bool held = false;
  };

  LinkSender& active() const;
  Entry& entry(std::uint64_t number) { return entries_[number - first_number_]; }
  void sealed(BatchPtr batch);
  void queue(BatchPtr batch);
  void pump();
  void give(Route& route, std::uint64_t number);
  void released(Route& route, std::size_t count);
  bool rejected(const Route& route, const BatchPtr& batch, RejectReason reason,
                const std::string& detail);
  bool in_doubt_too_long(const Route& route, const BatchPtr& batch);
  void hold(const Route& route, const BatchPtr& batch, const std::string& why);
  void done(Entry& entry);
  void settle(std::size_t count);
  void route_changed(Route& route);
  void arm();
  void choose();
  void move_batches(Route& from, Route& to);

  // Constant after construction.
  EventLoop& loop_;
  const Clock& clock_;
  LinkPublisherOwner& owner_;
  const LinkPublisherOptions options_;
  Counter& held_batches_counter_;
  Counter& held_events_counter_;
  Counter& maybe_duplicated_;
  std::vector<std::unique_ptr<Route>> routes_;

  Sealer sealer_;
  std::size_t active_ = 0;
  bool running_ = false;
  EventLoop::Id deadline_timer_ = 0;
  EventLoop::Id choose_timer_ = 0;
  LogLimiter limiter_;

  // Batches that are not settled, numbered as they came; from next_number_ on not given to anyone.
  std::deque<Entry> entries_;
  std::uint64_t first_number_ = 1;
  std::uint64_t next_number_ = 1;
  std::vector<BatchPtr> held_;

  std::uint64_t used_ = 0;        // bytes in entries_ and held_
  std::uint64_t open_bytes_ = 0;  // in the batch at hand
  bool refused_ = false;          // add() did, and room() was not called since
  std::uint64_t taken_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t held_events_ = 0;
  std::string held_reason_;
};

}  // namespace ox
