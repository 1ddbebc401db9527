#pragma once
// Where the finished events of an application go. oxd's own transports are sinks; an application may
// bring one of its own (configure_sink()), to write elsewhere or to look at events in its tests.
// Needs C++17 and nothing else.
#include <chrono>
#include <cstdint>
#include <string>

namespace ox {

struct ClientEvent {
  std::string type;
  std::string host;
  double end = 0;    // Unix seconds
  std::string body;  // the whole event, one MessagePack map
};

enum class SubmitResult {
  kTaken,    // the sink will do what it can
  kFull,     // its queue is full: the event is lost
  kRefused,  // its transport can never carry this event: it is lost
};

// What a sink knows of the events it took.
struct SinkStats {
  std::uint64_t sent = 0;              // left the queue for the transport
  std::uint64_t lost_at_shutdown = 0;  // still in the queue when the time to linger was over
  std::uint64_t queued_events = 0;     // now
  std::uint64_t queued_bytes = 0;
  std::string last_error;  // of the transport; empty when there was none
};

// Threading: submit() and stats() from any thread, also at the same time as shutdown().
class ClientSink {
 public:
  virtual ~ClientSink() = default;
  // Never waits for the network.
  virtual SubmitResult submit(ClientEvent event) = 0;
  virtual SinkStats stats() const = 0;
  // Sends what is queued for at most `linger`, then ends. Called once; submit() answers kFull after.
  virtual void shutdown(std::chrono::milliseconds linger) = 0;
};

}  // namespace ox
