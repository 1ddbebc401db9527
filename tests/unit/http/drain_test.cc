// stop(): idle connections go at once, requests at hand are finished, the rest is closed.
#include <future>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {
namespace {

struct DrainedServer : HttpFixture {
  DrainedServer() {
    mount.add("GET", "/later", [this](const HttpRequest&, HttpReply r) {
      reply.change([&](HttpReply& kept) { kept = std::move(r); });
      return nullptr;
    });
    mount.add("POST", "/read", [this](const HttpRequest&, HttpReply r) {
      reply.change([&](HttpReply& kept) { kept = std::move(r); });
      return std::make_unique<RecordingReader>(seen);
    });
  }
  ~DrainedServer() {
    if (stopper.joinable()) stopper.join();
    server.reset();
  }
  bool asked() {
    return reply.wait([](const HttpReply& r) { return bool(r); });
  }
  void begin_stop(Millis drain) {
    stopper = std::thread([this, drain] { server->stop(drain); });
  }
  Watched<HttpReply> reply;
  Watched<SeenBody> seen;
  std::thread stopper;
};

}  // namespace

TEST_CASE("idle connections are closed at once, and nobody else gets in") {
  DrainedServer server;
  RawClient idle = server.connect();
  REQUIRE(idle.send(get("/ok")));
  REQUIRE(idle.read());
  std::uint16_t port = server.port();
  server.begin_stop(Seconds(60));
  CHECK(idle.at_end());
  server.stopper.join();
  RawClient late(port);
  CHECK_FALSE(late.connected());
}

TEST_CASE("a request at hand is answered with Connection: close, then stop() returns") {
  DrainedServer server;
  RawClient idle = server.connect();
  RawClient busy = server.connect();
  REQUIRE(busy.send(get("/later")));
  REQUIRE(server.asked());
  server.begin_stop(Seconds(60));
  CHECK(idle.at_end());  // so the drain has begun
  server.reply.change([](HttpReply& r) { r.send(HttpResponse::text(200, "done")); });
  auto response = busy.read();
  REQUIRE(response);
  CHECK(response->body == "done");
  CHECK(response->headers["connection"] == "close");
  CHECK(busy.at_end());
}

TEST_CASE("a body that is under way is read to its end") {
  DrainedServer server;
  RawClient idle = server.connect();
  RawClient busy = server.connect();
  REQUIRE(busy.send("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"));
  REQUIRE(server.asked());
  server.begin_stop(Seconds(60));
  CHECK(idle.at_end());
  REQUIRE(busy.send("the re"));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.ended; }));
  server.reply.change([](HttpReply& r) { r.send(HttpResponse(204)); });
  auto response = busy.read();
  REQUIRE(response);
  CHECK(response->status == 204);
  CHECK(response->headers["connection"] == "close");
}

TEST_CASE("pipelined requests at hand are all answered, the last one closes") {
  DrainedServer server;
  RawClient idle = server.connect();
  RawClient busy = server.connect();
  REQUIRE(busy.send(get("/later") + get("/ok") + get("/ok")));
  REQUIRE(server.asked());
  server.begin_stop(Seconds(60));
  CHECK(idle.at_end());
  server.reply.change([](HttpReply& r) { r.send(HttpResponse::text(200, "done")); });
  CHECK(busy.read()->body == "done");
  CHECK(busy.read()->headers.count("connection") == 0);
  CHECK(busy.read()->headers["connection"] == "close");
  CHECK(busy.at_end());
}

TEST_CASE("what is not finished at the deadline is closed, and readers are told") {
  DrainedServer server;
  RawClient waiting = server.connect();
  REQUIRE(waiting.send(get("/later")));
  REQUIRE(server.asked());
  HttpReply later;
  server.reply.change([&](HttpReply& r) { later = std::move(r); });
  RawClient sending = server.connect();
  REQUIRE(sending.send("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"));
  REQUIRE(server.asked());
  server.server->stop(Millis(50));
  CHECK(waiting.at_end());
  CHECK(sending.at_end());
  CHECK(server.seen.get().aborted == BodyAbort::kStopping);
  CHECK_FALSE(later.wanted());
}

TEST_CASE("a server that was never started can be stopped") {
  HttpFixture server;
  auto opened = HttpServer::open(server.options, server.router.handler(), server.metrics);
  REQUIRE(opened.ok());
  (*opened)->stop(Seconds(60));
}

}  // namespace ox
