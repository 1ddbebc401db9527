#pragma once
// The link socket: acknowledged batches from other nodes, oxingest and the client library.
//
//   LinkReceiver --> Intake --settled--> LinkReceiver --> ACK
//
// Threading: a thread of its own from start() to stop(); peers() from any.
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/event_loop.h"
#include "common/link/receiver.h"
#include "common/spool/intake.h"

namespace ox {

class LinkStage : private BatchGiver, private LinkReceiverOwner {
 public:
  // What the stage asks the node, on the stage's thread.
  struct Node {
    std::function<std::vector<Uuid>()> downstream;
    std::function<AckMeaning()> ack_meaning;
  };

  // References must outlive the stage.
  LinkStage(zmq::context_t& context, const NodeIdentity& self, Intake& intake, Node node,
            Metrics& metrics, const Clock& clock, const LinkReceiverOptions& options);
  ~LinkStage() override;

  // Before start(). Errors: as Socket::bind().
  Status bind(const Address& address) { return receiver_.bind(address); }
  std::uint16_t port() const { return receiver_.port(); }

  void start();
  // From now on no batch is taken; acknowledgements of those taken still go out.
  void refuse_batches();
  void stop();

  std::vector<LinkPeer> peers() const { return receiver_.peers(); }

 private:
  // BatchGiver, on the intake's thread.
  void settled(std::uint64_t token, const BatchId& id, Settled how) override;
  void refused(std::uint64_t token, const BatchId& id, const Refusal& why) override;
  // LinkReceiverOwner, on ours.
  void received(BatchPtr batch, std::uint64_t token) override;
  bool has_room() const override { return !intake_.full(); }
  std::vector<Uuid> downstream() const override { return node_.downstream(); }
  AckMeaning ack_meaning() const override { return node_.ack_meaning(); }
  void add_settled(LinkReceiver::Settlement settlement);
  void deliver_settled();

  Intake& intake_;
  const Node node_;
  EventLoop loop_;
  LinkReceiver receiver_;
  std::thread thread_;

  std::mutex mu_;
  std::vector<LinkReceiver::Settlement> settled_;  // guarded by mu_: to be told to the receiver
};

}  // namespace ox
