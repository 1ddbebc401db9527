#pragma once
// An HTTP/1.1 server (RFC 9110, 9112) over TCP and TLS.
//
// Framing is strict: what two readers could understand in two ways is answered 400 and closed.
// head_check.h and request_parser.h have the rules.
//
// Threads:   `threads` I/O threads of its own. A connection stays on one of them; handlers and body
//            readers run there. Answers may come from any thread.
// Memory:    input and output buffers belong to the threads; an idle connection has none.
// Bounds:    every one is in HttpServerOptions.
// Metrics:   http.requests, http.responses.1xx .. 5xx, http.connections.accepted and .refused,
//            http.rejected.framing, .too_large and .encoding, http.timeouts, http.aborted,
//            http.bytes.received and .sent (TLS: decrypted); the gauge http.connections.open.
#include <cstddef>
#include <memory>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/http/http_handler.h"
#include "common/http/http_server_options.h"

namespace ox {

class HttpServer {
 public:
  // Reads the TLS files, then binds and listens on all listeners; connections wait until start().
  // `metrics` must outlive the server, and be no other server's. Errors: kInvalid (options, TLS
  // files), kExists (the address is in use), kIo.
  static Result<std::unique_ptr<HttpServer>> open(HttpServerOptions options, HttpHandler handler,
                                                  Metrics& metrics);
  // As stop() with no time.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where listener `index` (in the order of the options) really listens: with its port.
  Address bound_address(std::size_t index) const;

  // Starts the I/O threads. Once.
  Status start();
  // Stops accepting, closes idle connections at once, lets requests at hand finish with
  // "Connection: close", closes what is left after `drain`, and ends the threads. Blocks; not from
  // an I/O thread. What is answered after that goes nowhere, harmlessly.
  void stop(Millis drain);

  std::size_t open_connections() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ox
