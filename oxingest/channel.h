#pragma once
// One transport, and the sources in front of it: what flows together.
//
//   source --add()--> Channel --> transport --> next hop
//                        `<-- room, progress: sources and the clients' gate go on
//
// Followed files have a channel of their own, because their transport keeps positions; everything
// else shares one. Threading: one thread, the loop's.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/ingest/event_sink.h"
#include "common/ingest/live/group_queue.h"
#include "common/ingest/live/transport.h"
#include "oxingest/sent_positions.h"

namespace ox {

class Channel : public EventSink, public TransportOwner {
 public:
  // `changed` is called when something may have come to an end; never from inside add().
  explicit Channel(std::function<void()> changed) : changed_(std::move(changed)) {}

  // Before start(): the transport, once, and then what is in front of it. The sources are not owned,
  // and must outlive the channel's work.
  void use(std::unique_ptr<Transport> transport) { transport_ = std::move(transport); }
  void use(std::unique_ptr<GroupQueue> gate) { gate_ = std::move(gate); }
  void add_source(EventSource& source) { sources_.push_back(&source); }
  // Where positions are kept and nobody acknowledges.
  void record_positions_in(IngestState& state) { sent_positions_.emplace(state); }

  Transport& transport() { return *transport_; }
  const Transport& transport() const { return *transport_; }
  GroupQueue* gate() { return gate_.get(); }

  // EventSink, for the sources.
  Answer add(const IngestEvent& event) override;
  void input_dry() override;

  // Ends the sources in good order.
  void stop_sources();
  // Once all sources have ended, gives the transport the rest. True when it just did.
  bool finish_when_ended();
  bool finishing() const { return finishing_; }
  bool drained() const { return finishing_ && transport_->drained(); }
  // True when fewer events wait than at the last call.
  bool moved();
  // At --v3, makes safe how far was sent; `all`: everything has certainly left. Error: kIo, ...
  Status record_sent(bool all);

 private:
  void room() override;
  void progressed() override;

  const std::function<void()> changed_;
  std::vector<EventSource*> sources_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<GroupQueue> gate_;
  std::optional<SentPositions> sent_positions_;
  bool finishing_ = false;
  std::uint64_t waiting_ = 0;  // events, when last looked at
};

}  // namespace ox
