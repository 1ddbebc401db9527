#pragma once
// Events over the link: batches of our own, held until they are acknowledged.
#include <string>

#include <zmq.hpp>

#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/ingest/live/link_options.h"
#include "common/ingest/live/transport.h"
#include "common/link/publisher.h"

namespace ox {

class LinkTransport : public Transport, private LinkPublisherOwner {
 public:
  // The references must outlive the transport.
  LinkTransport(EventLoop& loop, const LinkFeedOptions& options, TransportOwner& owner,
                Metrics& metrics);

  Answer add(const IngestEvent& event) override;
  void input_dry() override { publisher_.input_dry(); }

  void start() override { publisher_.start(); }
  void finish() override { publisher_.flush(); }
  bool drained() const override { return publisher_.drained(); }
  TransportFigures figures() const override;
  std::uint64_t safe_events() const override { return publisher_.settled_events(); }
  bool ready() const override { return publisher_.state() == LinkState::kConnected; }
  std::string problem() const override;
  std::string loss() const override;

 private:
  void room() override { owner_.room(); }
  void settled() override { owner_.progressed(); }
  void link_changed() override { owner_.progressed(); }

  TransportOwner& owner_;
  std::string receivers_;  // for people
  zmq::context_t context_;
  LinkPublisher publisher_;
};

}  // namespace ox
