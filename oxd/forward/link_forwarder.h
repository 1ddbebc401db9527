#pragma once
#include "common/link/sender.h"
#include "oxd/forward/forwarder.h"

namespace ox {

// Forwards over the link: acknowledged, sent again after a lost connection.
class LinkForwarder : public Forwarder, private LinkSenderOwner {
 public:
  LinkForwarder(zmq::context_t& context, EventLoop& loop, const NodeIdentity& self,
                const Target& target, ForwarderOwner& owner, Metrics& metrics)
      : owner_(owner),
        target_(target),
        sender_(context, loop, self, target.address, *this, metrics) {}

  void start() override { sender_.start(); }
  void stop(Micros) override { sender_.stop(); }
  bool connected() const override { return sender_.state() == LinkState::kConnected; }
  MonoTime since() const override { return sender_.state_since(); }
  bool ready() const override { return sender_.can_give(1); }
  bool can_give(const Batch& batch) const override {
    return sender_.can_give(batch.bytes().size());
  }
  void give(BatchPtr batch) override { sender_.give(std::move(batch)); }
  std::uint64_t take_back() override;
  ForwarderState state() const override;
  std::vector<Uuid> reaches() const override;
  void set_downstream(const std::vector<Uuid>& nodes) override { sender_.set_downstream(nodes); }
  const Target& target() const override { return target_; }

 private:
  void released(std::size_t count) override { owner_.released(*this, count); }
  void link_changed() override { owner_.changed(*this); }
  bool rejected(const BatchPtr& batch, RejectReason reason, const std::string& detail) override {
    return owner_.rejected(batch, reason, detail);
  }

  ForwarderOwner& owner_;
  const Target target_;
  LinkSender sender_;
};

}  // namespace ox
