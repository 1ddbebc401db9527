#pragma once
// Where the finished events of an application go. The library's own way to oxd is one; an
// application may bring another (configure_sink()), to look at its events in its tests or to send
// them elsewhere.
#include <chrono>
#include <cstdint>
#include <string>

#include <oxd/export.h>

namespace ox {

struct ClientEvent {
  std::string type;
  std::string host;
  double end = 0;  // Unix seconds
  std::string
      body;  // the whole event: one MessagePack map of id, type, host, pid, start, end, body
};

enum class SubmitResult {
  kTaken,    // the sink will do what it can
  kFull,     // its queue is full, or it has ended: the event is lost
  kRefused,  // it can never carry this event: it is lost
};

// What became of the events that a sink took. The sum is all of them.
struct SinkStats {
  std::uint64_t sent = 0;  // acknowledged; where nobody acknowledges, handed to the network
  std::uint64_t queued_events = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t refused = 0;  // by the receiver, for what they are
  std::uint64_t lost = 0;     // not sent when the time to linger was over, or when the sink failed
  std::string problem;        // what keeps events from being sent now, as one line; mostly empty
};

// Threading: submit() and stats() from any thread, also while shutdown() runs.
class OXD_API ClientSink {
 public:
  ClientSink() = default;
  ClientSink(const ClientSink&) = delete;
  ClientSink& operator=(const ClientSink&) = delete;
  virtual ~ClientSink();
  // Must not wait for the network, nor use contexts.
  virtual SubmitResult submit(ClientEvent event) = 0;
  virtual SinkStats stats() const = 0;
  // Sends what is queued for at most `linger`, and ends. Called once; submit() answers kFull after.
  virtual void shutdown(std::chrono::milliseconds linger) = 0;
};

}  // namespace ox
