#pragma once
// A server on a loopback port that the system chose, and what its handlers have seen.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/http/http_router.h"
#include "common/http/http_server.h"
#include "tests/unit/http/raw_client.h"

namespace ox {

// A value that one thread changes and another waits for.
template <typename T>
class Watched {
 public:
  template <typename F>
  void change(F f) {
    std::lock_guard lock(mu_);
    f(value_);
    changed_.notify_all();
  }
  // False when `condition(value)` does not come true within five minutes.
  template <typename F>
  bool wait(F condition) {
    std::unique_lock lock(mu_);
    return changed_.wait_for(lock, std::chrono::minutes(5), [&] { return condition(value_); });
  }
  T get() {
    std::lock_guard lock(mu_);
    return value_;
  }
  T take() {
    std::lock_guard lock(mu_);
    return std::move(value_);
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  T value_{};
};

// What a RecordingReader has seen.
struct SeenBody {
  std::string bytes;
  std::size_t pieces = 0;
  bool ended = false;
  std::optional<BodyAbort> aborted;
};

// Keeps the body; pauses before the byte `pause_at` of it is passed.
class RecordingReader : public BodyReader {
 public:
  explicit RecordingReader(Watched<SeenBody>& seen, std::size_t pause_at = ~std::size_t{0})
      : seen_(seen), pause_at_(pause_at) {}
  BodyFlow on_data(std::string_view piece) override {
    bool pause = false;
    seen_.change([&](SeenBody& seen) {
      seen.bytes.append(piece);
      ++seen.pieces;
      pause = seen.bytes.size() >= pause_at_;
    });
    if (pause) pause_at_ = ~std::size_t{0};
    return pause ? BodyFlow::kPause : BodyFlow::kContinue;
  }
  void on_end() override {
    seen_.change([](SeenBody& seen) { seen.ended = true; });
  }
  void on_abort(BodyAbort reason) override {
    seen_.change([&](SeenBody& seen) { seen.aborted = reason; });
  }

 private:
  Watched<SeenBody>& seen_;
  std::size_t pause_at_;
};

class HttpFixture {
 public:
  // Everything is set before start(); routes are in `mount`.
  HttpFixture() : mount(router.mount()) {
    options.listeners.push_back({.address = Address::tcp("127.0.0.1", 0)});
    // So that no connection is closed because the machine is slow, but for those of tests of deadlines.
    options.deadlines.headers = options.deadlines.body = Seconds(600);
    options.deadlines.idle = options.deadlines.write = Seconds(600);
    // POST /echo answers with the body, GET /ok with "ok".
    mount.add("POST", "/echo", [](const HttpRequest&, HttpReply reply) {
      return read_whole_body(std::move(reply), [](std::string body, HttpReply r) {
        r.send(HttpResponse::text(200, std::move(body)));
      });
    });
    mount.add("GET", "/ok", [](const HttpRequest&, HttpReply reply) {
      reply.send(HttpResponse::text(200, "ok"));
      return nullptr;
    });
  }

  void start() {
    auto opened = HttpServer::open(options, router.handler(), metrics);
    REQUIRE_MESSAGE(opened.ok(), opened.status().message());
    server = std::move(*opened);
    REQUIRE(server->start().ok());
  }
  std::uint16_t port(std::size_t listener = 0) { return server->bound_address(listener).port; }
  RawClient connect() {
    if (!server) start();
    RawClient client(port());
    REQUIRE(client.connected());
    return client;
  }
  // The answer to these bytes on a connection of their own, which must be closed after it.
  RawResponse last_answer_to(std::string_view bytes) {
    RawClient client = connect();
    REQUIRE(client.send(bytes));
    auto response = client.read();
    REQUIRE(response);
    CHECK(response->headers["connection"] == "close");
    CHECK(client.at_end());
    return *response;
  }
  std::uint64_t count(std::string_view counter) { return metrics.counter(counter).value(); }

  Metrics metrics;
  HttpRouter router;
  HttpRouter::Mount& mount;
  HttpServerOptions options;
  std::unique_ptr<HttpServer> server;
};

inline std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

inline std::string post(std::string_view target, std::string_view body,
                        std::string_view fields = "") {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string chunk(std::string_view bytes) {
  char size[32];
  std::snprintf(size, sizeof(size), "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}

}  // namespace ox
