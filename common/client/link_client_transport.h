#pragma once
// The client's events over the link: batches, held until they are acknowledged.
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/client/client_transport.h"
#include "common/link/publisher.h"

namespace ox {

class LinkClientTransport : public ClientTransport, private LinkPublisherOwner {
 public:
  // `receivers`: link addresses in order of preference. The references must outlive the transport.
  LinkClientTransport(EventLoop& loop, const std::vector<Address>& receivers,
                      const std::string& host, std::uint64_t memory_limit,
                      ClientTransportOwner& owner);

  // Thread-safe.
  static bool can_carry(const ClientEvent& event) {
    return LinkPublisher::can_carry(event.type, event.host, event.body.size());
  }

  void start() override { publisher_.start(); }
  bool add(const ClientEvent& event) override {
    return publisher_.add(event.type, event.host, event.end, event.body);
  }
  void input_dry() override { publisher_.input_dry(); }
  void flush() override { publisher_.flush(); }
  std::uint64_t stop(Micros at_most) override;
  std::uint64_t settled_events() const override { return publisher_.settled_events(); }
  std::uint64_t refused_events() const override { return publisher_.held_events(); }
  std::string problem() const override;

 private:
  void room() override { owner_.room(); }
  void settled() override { owner_.progressed(); }
  void link_changed() override { owner_.progressed(); }

  ClientTransportOwner& owner_;
  std::string receivers_;  // for people
  zmq::context_t context_;
  Metrics metrics_;
  LinkPublisher publisher_;
};

}  // namespace ox
