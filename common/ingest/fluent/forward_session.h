#pragma once
// Fluent Forward over a connection: what Fluentd's out_forward, Fluent Bit's forward output and the
// fluent-logger libraries send (docs/streams.md, "Fluent Forward").
//
//   bytes -> PackedFramer -> ForwardMessage -> ForwardEntries -> FluentEvents -> group, or outlet
//                                                   done: {"ack": chunk} <------ safe
//
// A message is walked where the engine keeps its bytes: one that is larger than what may be
// unanswered is taken in pieces, and goes on when there is room.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/ingest/event_group.h"
#include "common/ingest/fluent/chunk_memory.h"
#include "common/ingest/fluent/fluent_events.h"
#include "common/ingest/fluent/forward_entries.h"
#include "common/ingest/fluent/forward_handshake.h"
#include "common/ingest/fluent/packed_framer.h"
#include "common/ingest/model/json_stream.h"
#include "common/ingest/stream/event_outlet.h"
#include "common/ingest/stream/stream_session.h"

namespace ox {

struct ForwardOptions {
  FluentEventOptions events;
  ForwardSecurity security;
  std::size_t max_message = 64 << 20;  // bytes, as it is sent
  ForwardLimits limits;
  std::string option = "--fluent";  // of messages for people
};

// What the connections of a listener share. The engine's thread.
struct ForwardShared {
  ForwardShared(ForwardOptions what, EventOutlet& way_out, Metrics& metrics,
                const Clock& time = Clock::system());

  const ForwardOptions options;
  EventOutlet& outlet;
  const Clock& clock;
  FluentEvents events;
  JsonInput json;
  ChunkMemory chunks;
  LogLimiter limiter;
  Counter& stored;      // stream.fluent.events
  Counter& rejected;    // .rejected: entries, and messages as a whole
  Counter& acks;        // .acks
  Counter& duplicates;  // .duplicates: chunks that had been taken before
  Counter& denied;      // .denied: connections that failed to prove themselves
};

class ForwardProtocol : public StreamProtocol {
 public:
  // The references must outlive it.
  ForwardProtocol(ForwardOptions options, EventOutlet& outlet, Metrics& metrics);
  std::unique_ptr<StreamSession> open(StreamConnection& connection) override;

 private:
  const std::shared_ptr<ForwardShared> shared_;
};

class ForwardSession : public StreamSession {
 public:
  ForwardSession(StreamConnection& connection, std::shared_ptr<ForwardShared> shared);
  ~ForwardSession() override;

  std::size_t consume(std::string_view bytes) override;
  std::size_t needs() const override { return wanted_; }
  void finish(std::string_view rest) override;
  void settle() override;

 private:
  // A chunk on its way to its acknowledgement.
  struct Outcome;
  // Events that are submitted together, and the chunks that have some among them.
  struct Batch {
    EventGroup events;
    std::vector<std::shared_ptr<Outcome>> outcomes;
  };
  // The message at hand.
  struct Current {
    const char* base = nullptr;  // of its bytes
    std::string tag;
    ForwardEntries entries;
    std::shared_ptr<Outcome> outcome;  // nullptr: nobody waits
    bool by_outlet = false;
  };

  void consume_json(std::string_view bytes);
  void read_json();
  void take_ping(RawValue ping);
  // False: there is no more room, the message goes on later.
  bool begin(RawValue value, bool may_wait);
  bool go_on(bool may_wait);
  bool add(const ForwardEntries::Entry& entry);
  std::shared_ptr<Outcome> expect_ack(RawValue chunk, const ForwardMessage& message, bool& taken);
  void submit();
  void acknowledge(std::string_view chunk);
  void reject(const std::string& why);
  void give_up(const std::string& why);
  std::string text_of(const std::string& why) const;

  StreamConnection& connection_;
  const std::shared_ptr<ForwardShared> shared_;
  // Watched by acknowledgements of other connections.
  const std::shared_ptr<ForwardSession*> self_;
  std::optional<ForwardHandshake> handshake_;  // until it is through
  std::optional<PackedFramer> framer_;
  std::optional<JsonStream> json_;
  std::string document_;
  bool begun_ = false;
  bool ended_ = false;  // we read no more
  std::size_t wanted_ = 0;
  std::optional<Current> current_;
  Batch batch_;
  std::size_t room_for_ = 0;  // events that the batch before had, when it was full
  double now_ = 0;            // Unix seconds, of the bytes at hand
};

}  // namespace ox
