#pragma once
// Beats over a connection (docs/streams.md, "Beats"): events in windows, acknowledged when they are
// safe. A window is acknowledged piece by piece as its events become safe, and while that takes
// long its sender is told that we are alive (an acknowledgement of 0), so that it does not send it
// again.
#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/ingest/event_group.h"
#include "common/ingest/feed/document_events.h"
#include "common/ingest/feed/lumberjack_reader.h"
#include "common/ingest/model/json_input.h"
#include "common/ingest/stream/stream_session.h"

namespace ox {

struct BeatsOptions {
  std::string option = "--beats";  // of messages for people
  DocumentOptions events;
  LumberjackLimits limits;
  Micros keep_alive = Seconds(5);  // between acknowledgements, while some are owed
};

// What the connections of a listener share. The engine's thread.
struct BeatsShared {
  BeatsShared(BeatsOptions what, Metrics& metrics, const Clock& time);
  ~BeatsShared();

  const BeatsOptions options;
  const Clock& clock;
  DocumentEvents events;
  std::unique_ptr<EventModel> lines;  // JSON of a frame
  std::unique_ptr<EventModel> pairs;  // a document
  LogLimiter limiter;
  Counter& stored;    // stream.beats.events
  Counter& rejected;  // .rejected: events, and connections given up
  Counter& acks;      // .acks, without those of 0
};

class BeatsProtocol : public StreamProtocol {
 public:
  BeatsProtocol(BeatsOptions options, Metrics& metrics, const Clock& clock = Clock::system());
  std::unique_ptr<StreamSession> open(StreamConnection& connection) override;
  // What is not acknowledged is sent again.
  bool reads_to_the_end() const override { return false; }

 private:
  const std::unique_ptr<BeatsShared> shared_;
};

}  // namespace ox
