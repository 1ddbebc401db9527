#pragma once
#include <optional>

#include "common/base/socket.h"
#include "oxd/forward/forwarder.h"

namespace ox {

// Forwards as a BlueOx client does, to an oxd that knows only v3. Nothing is acknowledged: a batch
// counts as forwarded when ZeroMQ has taken its events, and what ZeroMQ or the kernel still hold
// when the connection or this process ends is lost. Types and hosts are cut to 63 bytes.
class BlueoxForwarder : public Forwarder {
 public:
  BlueoxForwarder(zmq::context_t& context, EventLoop& loop, const Target& target,
                  ForwarderOwner& owner, Metrics& metrics);
  ~BlueoxForwarder() override;

  void start() override;
  void stop(Micros linger) override;
  bool connected() const override { return connected_; }
  MonoTime since() const override { return since_; }
  bool ready() const override { return connected_ && !batch_; }
  bool can_give(const Batch&) const override { return ready(); }
  void give(BatchPtr batch, const RecordPlace& place) override;
  std::uint64_t take_back() override;
  ForwarderState state() const override;
  const Target& target() const override { return target_; }

 private:
  void on_monitor();
  void pump();
  void finish();

  zmq::context_t& context_;
  EventLoop& loop_;
  const Target target_;
  ForwarderOwner& owner_;
  Counter& sent_;
  std::optional<Socket> socket_;
  std::optional<Socket> monitor_;
  EventLoop::Id socket_watch_ = 0;
  EventLoop::Id monitor_watch_ = 0;
  EventLoop::Id release_timer_ = 0;
  bool connected_ = false;
  MonoTime since_{};
  std::string reason_;

  BatchPtr batch_;  // being sent
  std::optional<BatchCursor> cursor_;
  std::vector<zmq::message_t> frames_;  // of the next event; empty when there is none
  std::uint64_t sent_of_batch_ = 0;     // events
};

}  // namespace ox
