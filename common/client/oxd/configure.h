#pragma once
// Switches the client library on and off. Until configure(), contexts cost little and send nothing.
//
// Threading: everything here may be called from any thread. A thread in the background owns the
// connection. A child made by fork() gets a connection of its own with its first event; contexts
// that were open belong to the parent, and so do events that were queued.
// Errors: nothing throws (but for memory that is exhausted), and only shutdown(), configure() over
// an older configuration, and the end of the program wait for the network, up to `linger`. What was
// lost or misused is counted in stats().
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <oxd/export.h>
#include <oxd/sink.h>

namespace ox {

struct ClientOptions {
  // The collect address of an oxd: "log-master", "10.0.0.1:3514", "[::1]:3514", "ipc:///run/oxd/c".
  // Events go to its link, one port above, and are acknowledged; "link://HOST:PORT" names the link
  // itself. Several, separated by commas, are tried in this order. "blueox://log-master" is an oxd
  // of the old kind, which acknowledges nothing. "off" sends nothing: as without configure().
  // Empty: the environment variable BLUEOX_HOST, or 127.0.0.1:3514.
  std::string address;
  // Events are kept up to here until they are acknowledged; what comes on top is lost, and counted
  // as `overflowed`. Bytes count types, hosts and events.
  std::size_t queue_events = 50'000;
  std::size_t queue_bytes = 32U << 20;
  // How long shutdown() and the end of the program wait for the network.
  std::chrono::milliseconds linger{2000};
  // The `host` of events. Empty: this machine's node name.
  std::string host_name;
  // Draws of sampling: uniform in [0, 1), callable from any thread, without using this library.
  // Empty: the system's random source.
  std::function<double()> random;
};

// Since the last configure(), and since the fork() in a child.
struct ClientStats {
  // Events of contexts that ended: the sum of the six below.
  std::uint64_t submitted = 0;
  std::uint64_t sent = 0;  // acknowledged; with blueox://, handed to the network
  std::uint64_t queued_events = 0;
  std::uint64_t overflowed = 0;  // lost: the queue was full
  std::uint64_t refused = 0;  // lost: too long a type or host, too large, or the receiver said so
  // Lost, as far as is known: not acknowledged when shutdown() gave up. Some may have arrived.
  std::uint64_t lost_at_shutdown = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t bodies_replaced = 0;  // events whose body was too deep or too large: it is nil
  // Calls that did nothing: bad context names and keys, values of the wrong kind, closed contexts.
  // Counted for the whole process, configured or not.
  std::uint64_t misuses = 0;
  std::string last_misuse;  // as one line
  std::string problem;      // what keeps events from being sent now, as one line; mostly empty
};

// Starts sending. What was configured before is then shut down. False, with one line in `error`,
// when the options are wrong or there are no threads or descriptors left: then nothing is changed.
OXD_API bool configure(const ClientOptions& options, std::string* error = nullptr);
// With an address alone; empty as of ClientOptions.
OXD_API bool configure(const std::string& address = "", std::string* error = nullptr);
// Sends to `sink` instead; of the options host_name, random and linger apply. A child made by
// fork() is not configured then.
OXD_API bool configure_sink(std::unique_ptr<ClientSink> sink, const ClientOptions& options = {},
                            std::string* error = nullptr);

// Sends what is queued, for at most `linger` (without it: that of the options), and ends: contexts
// send nothing any more. Called when the program exits. False when events are lost by it.
OXD_API bool shutdown();
OXD_API bool shutdown(std::chrono::milliseconds linger);

OXD_API bool configured();
// After shutdown(): the last figures.
OXD_API ClientStats stats();

}  // namespace ox
