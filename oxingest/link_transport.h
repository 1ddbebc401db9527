#pragma once
// Events over the link: batches of our own, held until they are acknowledged.
#include <string>

#include <zmq.hpp>

#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/link/publisher.h"
#include "oxingest/options.h"
#include "oxingest/transport.h"

namespace ox {

class LinkTransport : public Transport, private LinkPublisherOwner {
 public:
  // The references must outlive the transport.
  LinkTransport(EventLoop& loop, const IngestOptions& options, TransportOwner& owner);

  Answer add(const IngestEvent& event) override;
  void input_dry() override { publisher_.input_dry(); }

  void start() override { publisher_.start(); }
  void finish() override { publisher_.flush(); }
  bool drained() const override { return publisher_.drained(); }
  TransportFigures figures() const override;
  std::string problem() const override;
  std::string loss() const override;

 private:
  void room() override { owner_.room(); }
  void settled() override { owner_.progressed(); }

  TransportOwner& owner_;
  std::string receivers_;  // for people
  zmq::context_t context_;
  Metrics metrics_;
  LinkPublisher publisher_;
};

}  // namespace ox
