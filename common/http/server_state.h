#pragma once
// Internal to common/http. What the I/O threads of a server share.
#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include "common/base/metrics.h"
#include "common/http/http_handler.h"
#include "common/http/http_server_options.h"

namespace ox {

struct ServerCounters {
  explicit ServerCounters(Metrics& metrics);

  void responded(int status);

  Counter& requests;
  std::array<Counter*, 5> responses;  // 1xx .. 5xx
  Counter& accepted;
  Counter& refused;
  Counter& bad_framing;
  Counter& too_large;
  Counter& bad_encoding;
  Counter& timeouts;
  Counter& aborted;
  Counter& bytes_received;
  Counter& bytes_sent;
};

struct ServerState {
  ServerState(HttpServerOptions o, HttpHandler h, Metrics& m);

  const HttpServerOptions options;
  const HttpHandler handler;
  const std::shared_ptr<const HttpErrorFormatter> error;  // nullptr: the default
  ServerCounters counters;
  std::atomic<std::size_t> connections{0};
  // Called by any I/O thread when a connection has gone; set before the threads start.
  std::function<void()> on_closed;
};

}  // namespace ox
