#pragma once
// The engine of all protocols that are no HTTP: listeners, their connections and datagram sockets,
// on one thread of its own with epoll.
//
//   StreamServer server({.name = "syslog_tcp", .node_name = ...}, gate, metrics);
//   server.listen(address, std::make_unique<SyslogStream>(server.outlet(), ...));
//   server.start(); ... server.stop([] { ... });
//
// Metrics:   stream.<name>.events (that the outlet took), .bytes, .connections.accepted and
//            .refused (over the limit), .errors (connections that the protocol or TLS gave up),
//            .datagrams, .cut (over the limit), .kernel_drops; gauge stream.<name>.connections.open
// Threading: the thread that made it, but for what is said of the engine's thread.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/http/byte_stream.h"
#include "common/ingest/event_gate.h"
#include "common/ingest/stream/event_outlet.h"
#include "common/ingest/stream/stream_session.h"

namespace ox {

struct StreamServerOptions {
  std::string name;       // of metrics: "syslog_tcp"
  std::string option;     // of messages: "--syslog-tcp"
  std::string node_name;  // the host of local peers
  std::size_t max_connections = 4096;
  std::uint64_t max_unanswered = 8 << 20;  // bytes of submitted events, for each connection
  Micros handshake_within = Seconds(30);   // of TLS
  // Read no more at the end after this time, when a peer does not stop sending.
  Micros drain_within = Seconds(1);
};

struct DatagramOptions {
  std::size_t max_datagram = 64 << 10;
  int receive_buffer = 32 << 20;  // bytes asked of the kernel, which may give less
};

class StreamServer {
 public:
  // The gate and the metrics must outlive it.
  StreamServer(StreamServerOptions options, EventGate& gate, Metrics& metrics);
  // As halt().
  ~StreamServer();
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  // Before start(): binds, and what arrives waits until then. The address, with its real port. An
  // ipc address is a unix socket; a socket file that nobody listens on is replaced, and the file
  // goes with the server. Errors: kExists (in use), kInvalid (no such host, TLS files), kIo.
  Result<Address> listen(const Address& address, std::unique_ptr<StreamProtocol> protocol,
                         const std::optional<StreamTls>& tls = {});
  Result<Address> receive(const Address& address, std::unique_ptr<DatagramProtocol> protocol,
                          const DatagramOptions& options = {});

  // For protocols whose events nobody is answered for. The engine's thread.
  EventOutlet& outlet();

  // Once.
  void start();
  // Takes no new connections, reads what has arrived (StreamProtocol::reads_to_the_end()), lets
  // answers go out, closes, and calls `stopped` on the engine's thread when everything has been
  // handed on. Once, after start().
  void stop(std::function<void()> stopped);
  // Ends the thread at once; connections are closed. Harmless when repeated.
  void halt();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ox
