// Bodies: streamed in pieces, paused, limited, drained.
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {
namespace {

// POST /read gives its body to a RecordingReader; the reply is kept.
struct ReadingServer : HttpFixture {
  explicit ReadingServer(HttpRouteOptions route = {}, std::size_t pause_at = ~std::size_t{0}) {
    mount.add(
        "POST", "/read",
        [this, pause_at](const HttpRequest&, HttpReply r) {
          reply.change([&](HttpReply& kept) { kept = std::move(r); });
          return std::make_unique<RecordingReader>(seen, pause_at);
        },
        std::move(route));
  }
  bool ended() {
    return seen.wait([](const SeenBody& s) { return s.ended; });
  }
  bool aborted() {
    return seen.wait([](const SeenBody& s) { return s.aborted.has_value(); });
  }
  void answer(HttpResponse response) {
    reply.change([&](HttpReply& kept) { kept.send(std::move(response)); });
  }
  ~ReadingServer() { server.reset(); }

  Watched<SeenBody> seen;
  Watched<HttpReply> reply;
};

const std::string kChunkedPost =
    "POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("a chunked body reaches the reader while it is still being sent") {
  ReadingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(kChunkedPost + chunk("first")));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.bytes == "first"; }));
  REQUIRE(client.send(chunk("second")));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.bytes == "firstsecond"; }));
  CHECK_FALSE(server.seen.get().ended);
  REQUIRE(client.send("0\r\n\r\n"));
  REQUIRE(server.ended());
  server.answer(HttpResponse(204));
  CHECK(client.read()->status == 204);
}

TEST_CASE("a body of some megabytes is read in pieces, never whole") {
  ReadingServer server;
  RawClient client = server.connect();
  std::string body(5 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 8);
  REQUIRE(client.send(post("/read", body)));
  REQUIRE(server.ended());
  SeenBody seen = server.seen.get();
  CHECK(seen.bytes == body);
  CHECK(seen.pieces >= 5 << 20 >> 17);
  server.answer(HttpResponse(204));
  CHECK(client.read()->status == 204);
}

TEST_CASE("who wants a whole body gets it, whatever its size") {
  HttpFixture server;
  server.mount.add("POST", "/whole", [](const HttpRequest&, HttpReply reply) {
    return read_whole_body(std::move(reply), [](std::string body, HttpReply r) {
      r.send(HttpResponse::text(200, body));
    });
  });
  for (std::size_t size :
       {std::size_t{0}, std::size_t{100}, std::size_t{256 << 10}, std::size_t{700'001}}) {
    CAPTURE(size);
    std::string body(size, 'x');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 31 % 23);
    RawClient client = server.connect();
    REQUIRE(client.send(post("/whole", body)));
    auto answer = client.read();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == body);
  }
}

TEST_CASE("a request without a body ends at once") {
  ReadingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(post("/read", "")));
  REQUIRE(server.ended());
  CHECK(server.seen.get().pieces == 0);
}

TEST_CASE("a reader that pauses gets nothing until it is resumed, and the client is stopped") {
  ReadingServer server({.limits = HttpBodyLimits{.raw_bytes = kUnlimitedBody}}, 1);
  RawClient client = server.connect();
  std::string body(64 << 20, 'y');
  std::thread sender([&] { client.send(post("/read", body) + get("/ok")); });
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.pieces == 1; }));
  // What fits into the buffers on the way is a fraction of the body.
  CHECK(server.count("http.bytes.received") < 1 << 20);
  CHECK(server.seen.get().pieces == 1);
  server.reply.change([](HttpReply& reply) { reply.resume_reading(); });
  REQUIRE(server.ended());
  sender.join();
  CHECK(server.seen.get().bytes.size() == body.size());
  server.answer(HttpResponse(204));
  CHECK(client.read()->status == 204);
  CHECK(client.read()->body == "ok");
}

TEST_CASE("a paused body whose end has arrived ends after the resume, and then the next request") {
  ReadingServer server({}, 1);
  RawClient client = server.connect();
  REQUIRE(client.send(kChunkedPost + chunk("ab") + chunk("cd") + "0\r\n\r\n" + get("/ok")));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.bytes == "ab"; }));
  server.reply.change([](HttpReply& reply) { reply.resume_reading(); });
  REQUIRE(server.ended());
  CHECK(server.seen.get().bytes == "abcd");
  server.answer(HttpResponse(204));
  CHECK(client.read()->status == 204);
  CHECK(client.read()->body == "ok");
}

TEST_CASE("a Content-Length over the limit is answered 413 before the body is sent") {
  ReadingServer server({.limits = HttpBodyLimits{.raw_bytes = 1000}});
  RawClient client = server.connect();
  REQUIRE(client.send("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->status == 413);
  CHECK(response->headers["connection"] == "close");
  REQUIRE(server.aborted());
  CHECK(server.seen.get().aborted == BodyAbort::kTooLarge);
  CHECK(server.count("http.rejected.too_large") == 1);
}

TEST_CASE("a chunked body over the limit is answered 413 where it passes it") {
  ReadingServer server({.limits = HttpBodyLimits{.raw_bytes = 1000}});
  RawClient client = server.connect();
  REQUIRE(client.send(kChunkedPost + chunk(std::string(1000, 'a'))));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.bytes.size() == 1000; }));
  REQUIRE(client.send(chunk("b")));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->status == 413);
  CHECK(client.at_end());
}

TEST_CASE("the handler's answer comes too late when the server has answered") {
  ReadingServer server({.limits = HttpBodyLimits{.raw_bytes = 10}});
  RawClient client = server.connect();
  REQUIRE(client.send(post("/read", "more than ten bytes")));
  CHECK(client.read()->status == 413);
  server.reply.change([](HttpReply& reply) {
    CHECK_FALSE(reply.wanted());
    CHECK_FALSE(reply.send(HttpResponse(200)));
  });
}

TEST_CASE("an early answer keeps the connection when little of the body is left") {
  ReadingServer server;
  RawClient client = server.connect();
  std::string body(10'000, 'x');
  std::string request = post("/read", body);
  REQUIRE(client.send(request.substr(0, request.size() - 5000)));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.pieces > 0; }));
  server.answer(HttpResponse::text(401, "no"));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->status == 401);
  CHECK(response->headers.count("connection") == 0);
  REQUIRE(server.aborted());
  CHECK(server.seen.get().aborted == BodyAbort::kAnswered);
  REQUIRE(client.send(request.substr(request.size() - 5000) + get("/ok")));
  CHECK(client.read()->body == "ok");
}

TEST_CASE("an early answer to a large body arrives although the client goes on sending") {
  ReadingServer server({.limits = HttpBodyLimits{.raw_bytes = kUnlimitedBody}});
  RawClient client = server.connect();
  REQUIRE(client.send("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nxx"));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.pieces > 0; }));
  server.answer(HttpResponse::text(403, "no"));
  REQUIRE(server.aborted());
  // Far more than the buffers on the way hold: it is read and thrown away, not reset.
  CHECK(client.send(std::string(20 << 20, 'x')));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->status == 403);
  CHECK(response->headers["connection"] == "close");
  CHECK(client.at_end());
}

TEST_CASE("100 Continue is sent when the handler wants the body, and not before its turn") {
  Watched<HttpReply> slow;
  ReadingServer server;
  server.mount.add("GET", "/slow", [&](const HttpRequest&, HttpReply reply) {
    slow.change([&](HttpReply& kept) { kept = std::move(reply); });
    return nullptr;
  });
  RawClient client = server.connect();
  REQUIRE(client.send(get("/slow") + "POST /read HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                                     "Content-Length: 2\r\n\r\n"));
  REQUIRE(server.reply.wait([](const HttpReply& r) { return bool(r); }));
  CHECK(client.quiet());
  slow.change([](HttpReply& reply) { reply.send(HttpResponse::text(200, "slow")); });
  CHECK(client.read()->body == "slow");
  CHECK(client.read()->status == 100);
  REQUIRE(client.send("hi"));
  REQUIRE(server.ended());
  server.answer(HttpResponse(204));
  CHECK(client.read()->status == 204);
}

TEST_CASE("who expects 100 Continue and is refused is not waited for") {
  HttpFixture server;
  server.mount.add("POST", "/refuse", [](const HttpRequest&, HttpReply reply) {
    reply.send_error({.status = 401, .message = "no"});
    return nullptr;
  });
  auto response = server.last_answer_to(
      "POST /refuse HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(response.status == 401);
}

TEST_CASE("another expectation is answered 417, and HTTP/1.0 gets no 100 Continue") {
  HttpFixture server;
  CHECK(server
            .last_answer_to("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n"
                            "Content-Length: 2\r\n\r\n")
            .status == 417);
  auto response = server.last_answer_to(
      "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
  CHECK(response.status == 200);
  CHECK(response.body == "hi");
}

TEST_CASE("a client that goes away in the middle of a body aborts its reader") {
  ReadingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(kChunkedPost + chunk("part")));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.pieces == 1; }));
  SUBCASE("by closing") { client.end_sending(); }
  SUBCASE("by a reset") { client.reset(); }
  REQUIRE(server.aborted());
  CHECK(server.seen.get().aborted == BodyAbort::kClientGone);
  server.reply.change([](HttpReply& reply) { CHECK_FALSE(reply.wanted()); });
  CHECK(server.count("http.aborted") == 1);
}

TEST_CASE("a broken chunk in the middle of a body aborts its reader and is answered 400") {
  ReadingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(kChunkedPost + chunk("part")));
  REQUIRE(server.seen.wait([](const SeenBody& s) { return s.pieces == 1; }));
  REQUIRE(client.send("zz\r\n"));
  CHECK(client.read()->status == 400);
  CHECK(client.at_end());
  CHECK(server.seen.get().aborted == BodyAbort::kMalformed);
}

TEST_CASE("a body that nobody wants is passed over") {
  HttpFixture server;
  server.mount.add("POST", "/ignore", [](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse(204));
    return nullptr;
  });
  RawClient client = server.connect();
  REQUIRE(client.send(post("/ignore", std::string(1000, 'x')) + get("/ok")));
  CHECK(client.read()->status == 204);
  CHECK(client.read()->body == "ok");
}

TEST_CASE(
    "whole bodies are read into a bounded memory, and what has no room in it is answered 503") {
  HttpFixture server;
  server.mount.add("POST", "/whole",
                   [](const HttpRequest&, HttpReply reply) {
                     return read_whole_body(std::move(reply), [](std::string body, HttpReply r) {
                       r.send(HttpResponse::text(200, std::to_string(body.size())));
                     });
                   },
                   {.limits = HttpBodyLimits{.raw_bytes = kUnlimitedBody}});
  RawClient client = server.connect();
  REQUIRE(client.send("POST /whole HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string piece = chunk(std::string(1 << 20, 'w'));
  // The server closes in the middle: how far the client gets is its own affair.
  for (std::uint64_t sent = 0; sent <= kMaxHeldBodies && client.send(piece); sent += 1 << 20) {
  }
  auto refused = client.read();
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(refused->headers["retry-after"] == "1");
  // And the memory is free again.
  const std::string large(kMaxHeldBodies / 2, 'x');
  for (int i = 0; i < 3; ++i) {
    RawClient next = server.connect();
    REQUIRE(next.send(post("/whole", large)));
    CHECK(next.read()->body == std::to_string(large.size()));
  }
}

}  // namespace ox
