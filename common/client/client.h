#pragma once
// Switches the client library on and off. Until configure(), contexts cost little and send nothing.
//
//   int main() {
//     ox::configure();                      // BLUEOX_HOST, or 127.0.0.1:3514
//     ox::Context request("request");
//     ox::set("user_agent", agent);
//   }                                       // the event leaves in the background
//
// Threading: everything here may be called from any thread. After fork() the child starts with a
// connection of its own, made for its first event; contexts that were open belong to the parent.
// Errors: nothing throws (but for memory that is exhausted) and nothing waits for the network except
// shutdown(). What was lost or misused is counted in stats(). Needs C++17 and nothing else.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/client/client_sink.h"

namespace ox {

struct ClientOptions {
  // The collector: "log-master", "10.0.0.1:3514", "[::1]:3514", "blueox://log-master"; "off" sends
  // nothing. Empty: the environment variable BLUEOX_HOST, or 127.0.0.1:3514.
  std::string address;
  // Events wait here while the collector does not take them; what comes on top is lost and counted
  // as `overflowed`. Bytes count types, hosts and bodies.
  std::size_t queue_events = 50'000;
  std::size_t queue_bytes = 32U << 20;
  // How long shutdown() and the end of the program wait for the network.
  std::chrono::milliseconds linger{2000};
  // The `host` of events. Empty: this machine's node name.
  std::string host_name;
  // Draws of sampling: uniform in [0, 1), callable from any thread. Empty: the system's random source.
  std::function<double()> random;
};

// Since the last configure(), and since the fork() in a child.
struct ClientStats {
  std::uint64_t submitted = 0;         // events handed to the queue
  std::uint64_t sent = 0;              // of them, given to the transport
  std::uint64_t overflowed = 0;        // lost: the queue was full
  std::uint64_t refused = 0;           // lost: the transport cannot carry so long a type or host
  std::uint64_t lost_at_shutdown = 0;  // lost: still queued when shutdown() gave up
  std::uint64_t bodies_replaced = 0;   // sent with nil for a body too deep or too large
  // Calls that did nothing: bad context names and keys, values of the wrong kind, closed contexts.
  // Counted for the whole process, configured or not.
  std::uint64_t misuses = 0;
  std::uint64_t queued_events = 0;  // now
  std::uint64_t queued_bytes = 0;
  std::string last_error;  // the last thing that went wrong, as one line; empty when nothing did
};

// Starts sending; what was configured before is shut down first. False, with one line in `error`,
// when the options are wrong: then nothing is configured.
bool configure(const ClientOptions& options = {}, std::string* error = nullptr);
// Sends to `sink` instead; of the options host_name, random and linger apply. A child process made by
// fork() is not configured then.
void configure_sink(std::unique_ptr<ClientSink> sink, const ClientOptions& options = {});

// Sends what is queued, for at most `linger` (without it: that of the options), and ends. Called when
// the program exits, if it was not before. False when events are known to be lost by it.
bool shutdown();
bool shutdown(std::chrono::milliseconds linger);

bool configured();
// After shutdown(): the last figures.
ClientStats stats();

}  // namespace ox
