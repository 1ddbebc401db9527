#include "oxd/link/link_stage.h"

#include "common/base/thread.h"

namespace ox {

LinkStage::LinkStage(zmq::context_t& context, const NodeIdentity& self, Intake& intake, Node node,
                     Metrics& metrics, const Clock& clock, const LinkReceiverOptions& options)
    : intake_(intake),
      node_(std::move(node)),
      receiver_(context, loop_, self, *this, metrics, clock, options) {}

LinkStage::~LinkStage() { stop(); }

void LinkStage::start() {
  receiver_.start();
  thread_ = start_thread("link", [this] {
    loop_.run();
    deliver_settled();
    receiver_.stop();
  });
}

void LinkStage::refuse_batches() {
  loop_.post([this] { receiver_.refuse_batches(); });
}

void LinkStage::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

void LinkStage::received(BatchPtr batch, std::uint64_t token) {
  if (!intake_.submit({std::move(batch), this, token, true}))
    receiver_.refuse_batches();  // the node stops: the sender keeps what is not acknowledged
}

void LinkStage::settled(std::uint64_t token, const BatchId&, Settled how) {
  add_settled({token, how == Settled::kSafe});
}

void LinkStage::refused(std::uint64_t token, const BatchId& id, const Refusal& why) {
  add_settled({token, false, LinkReject{id, why.reason, why.detail}});
}

void LinkStage::add_settled(LinkReceiver::Settlement settlement) {
  bool first = false;
  {
    std::lock_guard lock(mu_);
    first = settled_.empty();
    settled_.push_back(std::move(settlement));
  }
  // One wake-up for all that settle before the stage has looked.
  if (first) loop_.post([this] { deliver_settled(); });
}

void LinkStage::deliver_settled() {
  std::vector<LinkReceiver::Settlement> settled;
  {
    std::lock_guard lock(mu_);
    settled.swap(settled_);
  }
  receiver_.settled(settled);
}

}  // namespace ox
