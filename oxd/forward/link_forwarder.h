#pragma once
#include "common/link/sender.h"
#include "oxd/forward/forwarder.h"

namespace ox {

// Forwards over the link: acknowledged, sent again after a lost connection; but nothing that the
// target may have had for so long, without having said so, that it may have forgotten it.
class LinkForwarder : public Forwarder, private LinkSenderOwner {
 public:
  LinkForwarder(zmq::context_t& context, EventLoop& loop, const NodeIdentity& self,
                const Target& target, ForwarderOwner& owner, Metrics& metrics,
                SentMarks& sent_marks)
      : loop_(loop),
        owner_(owner),
        target_(target),
        sent_(sent_marks, target.lasting_name()),
        sender_(context, loop, self, target.address, *this, metrics) {}
  ~LinkForwarder() override { stop(Micros(0)); }

  void start() override;
  void stop(Micros) override;
  bool connected() const override { return sender_.state() == LinkState::kConnected; }
  MonoTime since() const override { return sender_.state_since(); }
  bool ready() const override { return sender_.can_give(1); }
  bool can_give(const Batch& batch) const override {
    return sender_.can_give(batch.bytes().size());
  }
  void give(BatchPtr batch, const RecordPlace& place) override;
  std::uint64_t take_back() override;
  ForwarderState state() const override;
  std::vector<Uuid> reaches() const override;
  void set_downstream(const std::vector<Uuid>& nodes) override { sender_.set_downstream(nodes); }
  const Target& target() const override { return target_; }

 private:
  void released(std::size_t count) override;
  void link_changed() override;
  bool rejected(const BatchPtr& batch, RejectReason reason, const std::string& detail) override {
    return owner_.rejected(batch, reason, detail);
  }
  bool in_doubt_too_long(const BatchPtr& batch) override { return owner_.in_doubt_too_long(batch); }

  EventLoop& loop_;
  ForwarderOwner& owner_;
  const Target target_;
  SentMark sent_;
  EventLoop::Id timer_ = 0;
  LinkSender sender_;
};

}  // namespace ox
