#pragma once
// The way out for events that nobody is answered for: gathered into groups, which the gate takes
// when it can. What the gate has not taken yet is bounded; meanwhile nothing more should be read.
// Threading: the engine's thread.
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/ingest/event_gate.h"
#include "common/ingest/event_group.h"

namespace ox {

class EventOutlet {
 public:
  // Runs a function on the engine's thread, from any thread; or drops it when that has ended.
  using Post = std::function<void(std::function<void()>)>;
  // `events` counts what add() took. `room` is called when full() ends, or idle() begins. The gate
  // and the counter must outlive the outlet; it may be destroyed while groups are on their way.
  EventOutlet(EventGate& gate, Counter& events, Post post, std::function<void()> room);

  // As EventGroup::add().
  Status add(std::string_view type, std::string_view host, double end, std::string_view body);
  // Hands on what was gathered.
  void flush();

  // Too much waits: read no more. add() still takes.
  bool full() const { return *waiting_ >= kMaxWaiting; }
  // Everything that was added was taken by the gate.
  bool idle() const { return group_.empty() && *waiting_ == 0; }

 private:
  static constexpr std::uint64_t kGroupBytes = 256 << 10;
  static constexpr std::uint64_t kMaxWaiting = 16 << 20;

  EventGate& gate_;
  Counter& events_;
  const Post post_;
  const std::function<void()> room_;
  EventGroup group_;
  std::size_t room_for_ = 0;  // events that the last full group had
  // Bytes of groups that were handed over and not taken. Work posted for a group looks whether it
  // is still there.
  const std::shared_ptr<std::uint64_t> waiting_;
};

}  // namespace ox
