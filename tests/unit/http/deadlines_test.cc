// A slow or silent client loses its connection, and delays nobody.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {

TEST_CASE("a connection that never sends anything is closed") {
  HttpFixture server;
  server.options.deadlines.headers = Millis(100);
  RawClient client = server.connect();
  CHECK(client.at_end());
  CHECK(server.count("http.timeouts") == 1);
}

TEST_CASE("a head that does not end in time is answered 408, however often a byte of it comes") {
  HttpFixture server;
  server.options.deadlines.headers = Millis(200);
  server.options.limits.header_bytes = 1 << 20;  // more than can be sent in that time
  RawClient client = server.connect();
  REQUIRE(client.send("GET /ok HTTP/1.1\r\nHost: x\r\nX: "));
  while (client.quiet()) {
    if (!client.send("x")) break;
    std::this_thread::yield();
  }
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->status == 408);
  CHECK(response->headers["connection"] == "close");
}

TEST_CASE("a body whose next piece does not come in time is answered 408, its reader told") {
  Watched<SeenBody> seen;
  Watched<HttpReply> kept;
  HttpFixture server;
  server.mount.add("POST", "/read", [&](const HttpRequest&, HttpReply reply) {
    kept.change([&](HttpReply& r) { r = std::move(reply); });
    return std::make_unique<RecordingReader>(seen);
  });
  server.options.deadlines.body = Millis(100);
  RawClient client = server.connect();
  REQUIRE(client.send("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"));
  CHECK(client.read()->status == 408);
  CHECK(client.at_end());
  CHECK(seen.get().aborted == BodyAbort::kTimeout);
}

TEST_CASE("a paused body has no deadline") {
  Watched<SeenBody> seen;
  Watched<HttpReply> kept;
  HttpFixture server;
  server.mount.add("POST", "/read", [&](const HttpRequest&, HttpReply reply) {
    kept.change([&](HttpReply& r) { r = std::move(reply); });
    return std::make_unique<RecordingReader>(seen, 1);
  });
  server.options.deadlines.body = Millis(50);
  server.options.deadlines.idle = Millis(300);
  RawClient client = server.connect();
  REQUIRE(client.send("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"));
  REQUIRE(seen.wait([](const SeenBody& s) { return s.pieces == 1; }));
  // Another connection's idle time passes meanwhile, several times the body's.
  RawClient other = server.connect();
  REQUIRE(other.send(get("/ok")));
  REQUIRE(other.read());
  CHECK(other.at_end());
  CHECK_FALSE(seen.get().aborted.has_value());
  REQUIRE(client.send("the re"));
  kept.change([](HttpReply& r) { r.resume_reading(); });
  REQUIRE(seen.wait([](const SeenBody& s) { return s.ended; }));
  kept.change([](HttpReply& r) { r.send(HttpResponse(204)); });
  CHECK(client.read()->status == 204);
}

TEST_CASE("an idle connection is closed after its time, without a word") {
  HttpFixture server;
  server.options.deadlines.idle = Millis(100);
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ok")));
  CHECK(client.read()->status == 200);
  CHECK(client.at_end());
}

TEST_CASE("a request that waits for its answer is not idle") {
  Watched<HttpReply> kept;
  HttpFixture server;
  server.mount.add("GET", "/later", [&](const HttpRequest&, HttpReply reply) {
    kept.change([&](HttpReply& r) { r = std::move(reply); });
    return nullptr;
  });
  server.options.deadlines.idle = Millis(100);
  server.options.deadlines.headers = Seconds(1);  // later than the request comes
  RawClient client = server.connect();
  REQUIRE(client.send(get("/later")));
  REQUIRE(kept.wait([](const HttpReply& r) { return bool(r); }));
  RawClient silent = server.connect();
  CHECK(silent.at_end());  // that took the time that the other one must not lose by
  kept.change([](HttpReply& r) { r.send(HttpResponse::text(200, "late")); });
  CHECK(client.read()->body == "late");
}

TEST_CASE("a client that does not take its answer is closed") {
  HttpFixture server;
  server.options.deadlines.write = Millis(100);
  server.mount.add("GET", "/big", [](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse::text(200, std::string(32 << 20, 'b')));
    return nullptr;
  });
  server.start();
  RawClient client(server.port(), RawClient::Security::kPlain, 4096);
  REQUIRE(client.send(get("/big")));
  REQUIRE(client.read_some(1) == 1);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (server.server->open_connections() > 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  CHECK(server.server->open_connections() == 0);
  CHECK(server.count("http.timeouts") == 1);
}

TEST_CASE("slow clients delay nobody") {
  HttpFixture server;
  server.start();
  std::vector<RawClient> slow;
  for (int i = 0; i < 100; ++i) {
    slow.emplace_back(server.port());
    REQUIRE(slow.back().send(i % 2 == 0 ? "GET /ok HT"
                                        : "POST /echo HTTP/1.1\r\nHost: x\r\n"
                                          "Content-Length: 100\r\n\r\nslow"));
  }
  RawClient client = server.connect();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(client.send(get("/ok")));
    REQUIRE(client.read()->status == 200);
    REQUIRE(slow[static_cast<std::size_t>(i)].send("T"));
  }
}

}  // namespace ox
