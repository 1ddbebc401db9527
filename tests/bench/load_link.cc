#include <memory>
#include <vector>

#include <fmt/format.h>
#include <zmq.hpp>

#include "common/base/event_loop.h"
#include "common/link/publisher.h"
#include "tests/bench/load.h"

namespace ox {
namespace {

class LinkSenders : private LinkPublisherOwner {
 public:
  LinkSenders(zmq::context_t& context, const Address& link, const Workload& workload,
              const LoadOptions& options)
      : workload_(workload), events_(options.events) {
    LinkPublisherOwner& owner = *this;
    for (std::size_t i = 0; i < options.senders; ++i) {
      const NodeIdentity self{Uuid::random(), Uuid::random(), fmt::format("bench-{}", i), "bench"};
      publishers_.push_back(std::make_unique<LinkPublisher>(
          context, loop_, self, std::vector<Address>{link}, owner, metrics_));
    }
    next_.resize(options.senders);
    for (std::size_t i = 0; i < next_.size(); ++i) next_[i] = i;
  }

  void run() {
    for (auto& publisher : publishers_) publisher->start();
    loop_.post([this] { fill(); });
    loop_.run();
    for (auto& publisher : publishers_) publisher->stop();
  }

  Status outcome() const {
    for (const auto& publisher : publishers_)
      if (publisher->held_events() > 0) return Status(Code::kCorrupt, publisher->held_reason());
    return ok_status();
  }

 private:
  void fill() {
    bool drained = true;
    for (std::size_t i = 0; i < publishers_.size(); ++i) drained = fill_one(i) && drained;
    if (drained) loop_.stop();
  }

  // Each sender has every so manieth event. True when all its events are acknowledged.
  bool fill_one(std::size_t sender) {
    LinkPublisher& publisher = *publishers_[sender];
    std::uint64_t& next = next_[sender];
    while (next < events_) {
      const Workload::Event& event = workload_.event(next);
      if (!publisher.add(workload_.types()[event.type], Workload::kHost, event.end, event.bytes))
        return false;
      next += publishers_.size();
    }
    publisher.flush();
    return publisher.drained();
  }

  void room() override { fill(); }
  void settled() override { fill(); }

  const Workload& workload_;
  const std::uint64_t events_;
  EventLoop loop_;
  Metrics metrics_;
  std::vector<std::unique_ptr<LinkPublisher>> publishers_;
  std::vector<std::uint64_t> next_;  // by sender
};

}  // namespace

Status send_link(const Address& link, const Workload& workload, const LoadOptions& options) {
  zmq::context_t context;
  LinkSenders senders(context, link, workload, options);
  senders.run();
  return senders.outcome();
}

}  // namespace ox
