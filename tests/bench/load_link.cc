#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <zmq.hpp>

#include "common/base/event_loop.h"
#include "common/link/publisher.h"
#include "tests/bench/load.h"

namespace ox {
namespace {

// One connection, and all that goes over it.
struct LinkLane {
  std::vector<BatchPtr> batches;
  std::size_t next = 0;  // of them
  std::unique_ptr<LinkPublisher> publisher;
};

// As clients of the link seal them: every so manieth event of the workload.
std::vector<BatchPtr> seal_ahead(const Workload& workload, std::uint64_t first, std::uint64_t step,
                                 std::uint64_t end) {
  const Uuid run = Uuid::random();
  BatchBuilder builder(SealerOptions().batch_bytes);
  std::vector<BatchPtr> batches;
  const auto seal = [&] {
    batches.push_back(builder.seal({run, batches.size() + 1}, Clock::system().wall()));
  };
  for (std::uint64_t n = first; n < end; n += step) {
    const Workload::Event& event = workload.event(n);
    builder.add(workload.types()[event.type], Workload::kHost, event.end, event.bytes);
    if (builder.full()) seal();
  }
  if (!builder.empty()) seal();
  return batches;
}

class LinkLoad final : public Load, private LinkPublisherOwner {
 public:
  LinkLoad(const Address& link, const Workload& workload, const LoadOptions& options)
      : lanes_(options.senders) {
    LinkPublisherOwner& owner = *this;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      lanes_[i].batches = seal_ahead(workload, i, lanes_.size(), options.events);
      const NodeIdentity self{Uuid::random(), Uuid::random(), fmt::format("bench-{}", i), "bench"};
      lanes_[i].publisher = std::make_unique<LinkPublisher>(
          context_, loop_, self, std::vector<Address>{link}, owner, metrics_);
    }
  }

  Status send() override {
    for (LinkLane& lane : lanes_) lane.publisher->start();
    loop_.run();
    for (LinkLane& lane : lanes_) lane.publisher->stop();
    for (LinkLane& lane : lanes_)
      if (lane.publisher->held_events() > 0)
        return Status(Code::kCorrupt, lane.publisher->held_reason());
    return ok_status();
  }

 private:
  void fill() {
    bool all_done = true;
    for (LinkLane& lane : lanes_) {
      while (lane.next < lane.batches.size() &&
             lane.publisher->can_publish(lane.batches[lane.next]->bytes().size()))
        lane.publisher->publish(lane.batches[lane.next++]);
      all_done = all_done && lane.next == lane.batches.size() && lane.publisher->drained();
    }
    if (all_done) loop_.stop();
  }
  void settled() override { fill(); }
  void link_changed() override { fill(); }

  zmq::context_t context_;
  EventLoop loop_;
  Metrics metrics_;
  std::vector<LinkLane> lanes_;
};

}  // namespace

std::unique_ptr<Load> make_link_load(const Address& link, const Workload& workload,
                                     const LoadOptions& options) {
  return std::make_unique<LinkLoad>(link, workload, options);
}

}  // namespace ox
