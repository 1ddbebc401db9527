#pragma once
// The gate of clients' events (common/ingest/event_gate.h) in front of a transport.
//
//   submit() ----waiting--> add() to the transport, group by group --under way--> safe: answered
//   hand_over() --patient--^
//
// A group that the next hop cannot be asked to take waits outside the transport, and when that
// lasts too long it is given back whole: its client may send it again without doubling anything.
// Only what the transport took and nobody acknowledged in time is in doubt. Patient groups go to
// the transport as long as it has room, whether anybody answers there or not, and none is given
// back. Threading: submit() on any thread. The rest on the loop's, where answers are given, too.
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "common/base/clock.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/ingest/event_gate.h"
#include "common/ingest/live/transport.h"

namespace ox {

struct GroupQueueOptions {
  std::uint64_t waiting_bytes = 64 << 20;  // of groups that the transport has not taken
  Micros take_within = Seconds(10);        // else kUnavailable
  Micros answer_within = Seconds(30);      // counted from submit(); else kInDoubt
};

class GroupQueue : public EventGate {
 public:
  // The references must outlive the queue. Counters: gate.groups, gate.events, gate.busy,
  // gate.unavailable, gate.in_doubt, gate.refused (groups).
  GroupQueue(EventLoop& loop, Transport& transport, Metrics& metrics, const Clock& clock,
             const GroupQueueOptions& options = {});
  ~GroupQueue() override;
  GroupQueue(const GroupQueue&) = delete;
  GroupQueue& operator=(const GroupQueue&) = delete;

  void submit(EventGroup group, Done done) override;
  void hand_over(EventGroup group, Taken taken, Done done) override;

  // The transport has room again, or its figures changed.
  void progressed();
  // Nothing more is taken, and what the transport has not begun to take is given back.
  void stop();
  // Every group was answered, and none will come.
  bool finished() const {
    return stopped_ && under_way_.empty() && waiting_.empty() && patient_.empty();
  }
  // Events of patient groups that the transport has not taken.
  std::uint64_t untaken() const;

 private:
  struct Group {
    EventGroup events;
    Done done;
    Taken taken;  // of a patient group
    bool patient = false;
    MonoTime since;
    std::size_t added = 0;   // events that the transport has
    std::uint64_t last = 0;  // number of the last, from 1, when all are
  };

  void wake_up();
  void take_in();
  void pump();
  bool add_front(std::deque<Group>& queue);
  void look_at_deadlines();
  void answer(Group& group, Delivery delivery);

  EventLoop& loop_;
  Transport& transport_;
  const Clock& clock_;
  const GroupQueueOptions options_;
  Counter& groups_;
  Counter& events_;
  Counter& busy_;
  Counter& unavailable_;
  Counter& in_doubt_;
  Counter& refused_;

  std::atomic<std::uint64_t> waiting_bytes_{0};
  std::mutex mu_;
  std::vector<Group> incoming_;  // guarded by mu_, as the next
  bool closed_ = false;
  // Work posted to the loop looks here whether the queue is still there.
  const std::shared_ptr<GroupQueue*> self_;

  // The loop's.
  EventLoop::Id timer_ = 0;
  bool stopped_ = false;
  std::deque<Group> waiting_;    // the first may have been taken in part
  std::deque<Group> patient_;    // the same
  std::deque<Group> under_way_;  // in the order of `last`; without events
  std::uint64_t added_ = 0;      // events, ever
  std::uint64_t refused_seen_ = 0;
};

}  // namespace ox
