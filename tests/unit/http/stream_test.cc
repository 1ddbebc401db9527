// Answers that are made in pieces while they are sent.
#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {
namespace {

// GET /stream keeps the stream for the test to write to.
struct StreamingServer : HttpFixture {
  StreamingServer() {
    mount.add("GET, HEAD", "/stream", [this](const HttpRequest&, HttpReply reply) {
      stream.change([&](HttpStream& kept) {
        kept = reply.stream(HttpResponse(200).header("Content-Type", "text/plain"));
      });
      return nullptr;
    });
  }
  ~StreamingServer() {
    if (stopper.joinable()) stopper.join();
    server.reset();
  }
  bool begun() {
    return stream.wait([](const HttpStream& s) { return bool(s); });
  }
  // The stream, which the I/O threads do not change any more once it has begun.
  HttpStream& kept() {
    HttpStream* out = nullptr;
    stream.change([&](HttpStream& s) { out = &s; });
    return *out;
  }
  bool wait_gone() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (kept().wanted() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return !kept().wanted() && gone.wait([](bool known) { return known; });
  }
  void watch() {
    kept().on_change([this] { gone.change([](bool& known) { known = true; }); });
  }
  Watched<HttpStream> stream;
  Watched<bool> gone;
  std::thread stopper;
};

}  // namespace

TEST_CASE("a streamed answer comes in chunks, and the connection goes on") {
  StreamingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/stream") + get("/ok")));
  REQUIRE(server.begun());
  CHECK(server.kept().write("one"));
  CHECK(server.kept().write(""));  // which ends nothing
  CHECK(server.kept().write(std::string(100'000, 'x')));
  server.kept().end();
  CHECK_FALSE(server.kept().write("late"));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->headers["transfer-encoding"] == "chunked");
  CHECK(response->headers.count("content-length") == 0);
  CHECK(response->body == "one" + std::string(100'000, 'x'));
  auto next = client.read();
  REQUIRE(next);
  CHECK(next->body == "ok");
}

TEST_CASE("what is written is sent at once, not only at the end") {
  StreamingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/stream")));
  REQUIRE(server.begun());
  CHECK(server.kept().write("first"));
  std::size_t got = 0;
  while (got < 5) {
    const std::size_t n = client.read_some(4096);
    REQUIRE(n > 0);
    got += n;
  }
  CHECK(server.kept().wanted());
}

TEST_CASE("HTTP/1.0 gets the body without chunks, and its end is the connection's") {
  StreamingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  REQUIRE(server.begun());
  server.kept().write("one ");
  server.kept().write("two");
  server.kept().end();
  auto all = client.read_to_end();
  REQUIRE(all);
  CHECK(all->find("Transfer-Encoding") == std::string::npos);
  CHECK(all->find("Connection: close") != std::string::npos);
  CHECK(all->ends_with("\r\n\r\none two"));
}

TEST_CASE("HEAD gets the head, and whoever would write is told that nobody wants it") {
  StreamingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
  REQUIRE(server.begun());
  auto response = client.read(false);
  REQUIRE(response);
  CHECK(response->headers["transfer-encoding"] == "chunked");
  CHECK_FALSE(server.kept().write("body"));
  REQUIRE(client.send(get("/ok")));
  auto next = client.read();
  REQUIRE(next);
  CHECK(next->body == "ok");
}

TEST_CASE("a stream that is dropped without an end cuts the connection") {
  StreamingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/stream")));
  REQUIRE(server.begun());
  server.kept().write("some");
  server.stream.change([](HttpStream& s) { s = HttpStream(); });
  CHECK_FALSE(client.read());
}

TEST_CASE("a client that does not read costs no more than the room, and gets all in the end") {
  StreamingServer server;
  server.start();
  RawClient client(server.port(), RawClient::Security::kPlain, 4096);
  REQUIRE(client.connected());
  REQUIRE(client.send(get("/stream")));
  REQUIRE(server.begun());
  HttpStream& stream = server.kept();
  const std::string piece(32 << 10, 'y');
  std::size_t written = 0;
  // Until the kernel's buffers, the connection's and the stream's own are full.
  while (stream.wait_for_room(Seconds(1)) && written < (std::size_t{64} << 20)) {
    REQUIRE(stream.write(piece));
    written += piece.size();
  }
  CHECK(written < (std::size_t{16} << 20));
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) {
      while (!stream.wait_for_room(Seconds(1))) continue;
      stream.write(piece);
    }
    stream.end();
  });
  auto response = client.read();
  writer.join();
  REQUIRE(response);
  CHECK(response->body.size() == written + 100 * piece.size());
}

TEST_CASE("whoever writes hears of a client that goes, however it goes") {
  for (int how = 0; how < 3; ++how) {
    CAPTURE(how);
    StreamingServer server;
    {
      RawClient client = server.connect();
      REQUIRE(client.send(get("/stream")));
      REQUIRE(server.begun());
      server.watch();
      if (how == 0) client.end_sending();
      if (how == 1) client.reset();
      if (how == 0) CHECK(server.wait_gone());
    }
    CHECK(server.wait_gone());
    CHECK_FALSE(server.kept().write("more"));
    CHECK(server.kept().has_room());  // nobody waits for it
  }
}

TEST_CASE("a client that goes while it has not read what was written is noticed") {
  StreamingServer server;
  server.start();
  {
    RawClient client(server.port(), RawClient::Security::kPlain, 4096);
    REQUIRE(client.send(get("/stream")));
    REQUIRE(server.begun());
    server.watch();
    const std::string piece(64 << 10, 'z');
    while (server.kept().wait_for_room(Seconds(1))) server.kept().write(piece);
  }
  CHECK(server.wait_gone());
}

TEST_CASE("a quiet stream has no deadline, and one that is written to goes on") {
  StreamingServer server;
  const Millis soon = Seconds(1);  // but later than the request
  server.options.deadlines = {
      .headers = soon, .body = soon, .idle = soon, .write = soon, .linger = soon};
  RawClient idle = server.connect();
  RawClient client = server.connect();
  REQUIRE(client.send(get("/stream")));
  REQUIRE(server.begun());
  CHECK(server.kept().write("a"));
  CHECK(idle.at_end());  // so that such a time has passed
  RawClient another = server.connect();
  CHECK(another.at_end());
  CHECK(server.kept().write("b"));
  server.kept().end();
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->body == "ab");
}

TEST_CASE("a server that is stopped lets streams end well, and closes") {
  StreamingServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/stream")));
  REQUIRE(server.begun());
  server.kept().write("a");
  server.watch();
  server.stopper = std::thread([&] { server.server->stop(Seconds(60)); });
  CHECK(server.gone.wait([](bool known) { return known; }));
  CHECK(server.kept().ending());
  CHECK(server.kept().wanted());
  server.kept().write("b");
  server.kept().end();
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->body == "ab");
  CHECK(client.at_end());
}

TEST_CASE("a request that was answered already has a stream that nobody wants") {
  HttpFixture server;
  Watched<int> written;
  server.mount.add("GET", "/twice", [&](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse::text(200, "first"));
    HttpStream stream = reply.stream(HttpResponse(200));
    written.change([&](int& n) { n = stream.wanted() || stream.write("second") ? 1 : 2; });
    return nullptr;
  });
  RawClient client = server.connect();
  REQUIRE(client.send(get("/twice") + get("/ok")));
  auto first = client.read();
  REQUIRE(first);
  CHECK(first->body == "first");
  CHECK(client.read()->body == "ok");
  CHECK(written.get() == 2);
}

}  // namespace ox
