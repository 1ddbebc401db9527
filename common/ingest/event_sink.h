#pragma once
// The seam of oxingest: sources (stdin, files, later sockets) in front of it, the transport behind
// it. Flow:      a source calls add() for each event. add() copies what it takes. When it answers
// kFull,
//            nothing was taken and the source keeps the event, stops reading its input, and waits;
//            when the sink has room again it must see to it that resume() of every source is
//            called.
// Positions: an event of a source that can be read again (a file) carries the position behind it.
// The
//            sink does not look inside. To make a source exactly-once it keeps, for each source
//            number, the position of the last event it put into a batch, and syncs it in one record
//            with that batch before sending it; after a restart the source is started from that
//            position.
// Threading: source and sink live on one thread, that of the EventLoop.
#include <cstdint>
#include <string_view>

namespace ox {

// Numbers the inputs of one process whose positions replace each other: one for each followed path.
using SourceNumber = std::uint32_t;

// Every view is borrowed until add() returns.
struct IngestEvent {
  std::string_view type;
  std::string_view host;
  double end = 0;         // Unix seconds
  std::string_view body;  // the whole event as one MessagePack map
  SourceNumber source = 0;
  // Where reading goes on behind this event; empty when the source cannot be read again.
  std::string_view position;
};

class EventSink {
 public:
  enum class Answer {
    kTaken,
    kFull,  // nothing was taken: offer it again after resume()
  };

  virtual ~EventSink() = default;
  [[nodiscard]] virtual Answer add(const IngestEvent& event) = 0;
  // A source has nothing more for now: what waits to fill a batch may as well go.
  virtual void input_dry() = 0;
};

class EventSource {
 public:
  virtual ~EventSource() = default;
  // The sink has room again. Harmless when the source was not waiting. Must not be called from
  // inside add() or input_dry().
  virtual void resume() = 0;
  // Ends the source in good order: it hands over what it has read, and becomes finished() at once
  // or, when the sink is full, after a later resume().
  virtual void stop() = 0;
  // Nothing will come any more.
  virtual bool finished() const = 0;
};

}  // namespace ox
