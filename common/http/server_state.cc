#include "common/http/server_state.h"

#include <algorithm>

namespace ox {

ServerCounters::ServerCounters(Metrics& metrics)
    : requests(metrics.counter("http.requests")),
      responses{&metrics.counter("http.responses.1xx"), &metrics.counter("http.responses.2xx"),
                &metrics.counter("http.responses.3xx"), &metrics.counter("http.responses.4xx"),
                &metrics.counter("http.responses.5xx")},
      accepted(metrics.counter("http.connections.accepted")),
      refused(metrics.counter("http.connections.refused")),
      bad_framing(metrics.counter("http.rejected.framing")),
      too_large(metrics.counter("http.rejected.too_large")),
      bad_encoding(metrics.counter("http.rejected.encoding")),
      timeouts(metrics.counter("http.timeouts")),
      aborted(metrics.counter("http.aborted")),
      bytes_received(metrics.counter("http.bytes.received")),
      bytes_sent(metrics.counter("http.bytes.sent")) {}

void ServerCounters::responded(int status) {
  responses[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)]->add();
}

ServerState::ServerState(HttpServerOptions o, HttpHandler h, Metrics& m)
    : options(std::move(o)),
      handler(std::move(h)),
      error(options.error ? std::make_shared<HttpErrorFormatter>(options.error) : nullptr),
      counters(m) {}

}  // namespace ox
