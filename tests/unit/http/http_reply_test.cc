#include "common/http/http_reply.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {
namespace {

// GET /ask hands its reply to the test.
struct AskServer : HttpFixture {
  AskServer() {
    mount.add("GET", "/ask", [this](const HttpRequest&, HttpReply reply) {
      asked.change([&](auto& replies) { replies.push_back(std::move(reply)); });
      return nullptr;
    });
  }
  ~AskServer() { server.reset(); }
  HttpReply next() {
    REQUIRE(asked.wait([](auto& replies) { return !replies.empty(); }));
    HttpReply reply;
    asked.change([&](auto& replies) {
      reply = std::move(replies.front());
      replies.erase(replies.begin());
    });
    return reply;
  }
  Watched<std::vector<HttpReply>> asked;
};

}  // namespace

TEST_CASE("a reply may be answered later, from another thread") {
  AskServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ask")));
  HttpReply reply = server.next();
  CHECK(reply.wanted());
  CHECK(reply.send(HttpResponse::json(201, "{}").header("Location", "/x/1")));
  CHECK_FALSE(reply.wanted());
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->status == 201);
  CHECK(response->headers["location"] == "/x/1");
  CHECK(response->headers["content-type"] == "application/json");
}

TEST_CASE("a client that sends no more gets its answer all the same") {
  AskServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ask")));
  HttpReply reply = server.next();
  client.end_sending();
  RawClient another = server.connect();
  REQUIRE(another.send(get("/ok")));
  REQUIRE(another.read());
  CHECK(reply.wanted());
  reply.send(HttpResponse::text(200, "there"));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->body == "there");
}

TEST_CASE("long work ends with the client that closes its side") {
  for (const char* connection : {"keep-alive", "close"}) {
    AskServer server;
    server.mount.add("GET", "/long", [&server](const HttpRequest&, HttpReply reply) {
      reply.end_with_client();
      server.asked.change([&](auto& replies) { replies.push_back(std::move(reply)); });
      return nullptr;
    });
    RawClient client = server.connect();
    REQUIRE(client.send("GET /long HTTP/1.1\r\nHost: x\r\nConnection: " + std::string(connection) +
                        "\r\n\r\n"));
    HttpReply reply = server.next();
    CHECK(reply.wanted());
    client.end_sending();
    CHECK(client.at_end());
    CHECK_FALSE(reply.wanted());
  }
}

TEST_CASE("only the first answer counts") {
  AskServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ask")));
  HttpReply reply = server.next();
  CHECK(reply.send(HttpResponse::text(200, "first")));
  CHECK_FALSE(reply.send(HttpResponse::text(200, "second")));
  CHECK_FALSE(reply.send_error({.status = 500, .message = "third"}));
  REQUIRE(client.send(get("/ok")));
  CHECK(client.read()->body == "first");
  CHECK(client.read()->body == "ok");
}

TEST_CASE("a reply that is destroyed without an answer becomes a 500") {
  AskServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ask")));
  { HttpReply dropped = server.next(); }
  CHECK(client.read()->status == 500);
  REQUIRE(client.send(get("/ask")));
  HttpReply reply = server.next();
  reply = HttpReply();
  CHECK(client.read()->status == 500);
}

TEST_CASE("an answer to a client that has gone is harmless") {
  AskServer server;
  {
    RawClient client = server.connect();
    REQUIRE(client.send(get("/ask")));
    HttpReply first = server.next();
    client.reset();
    first.send(HttpResponse::text(200, "nobody is there"));
  }
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ok")));
  CHECK(client.read()->body == "ok");
}

TEST_CASE("a reset is noticed while an answer is awaited, and told by wanted()") {
  AskServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ask")));
  HttpReply reply = server.next();
  client.reset();
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (reply.wanted() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK_FALSE(reply.wanted());
}

TEST_CASE("an answer after the server has stopped is harmless") {
  AskServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ask")));
  HttpReply reply = server.next();
  server.server->stop(Millis(0));
  CHECK_FALSE(reply.wanted());
  CHECK(reply.request().path() == "/ask");
  reply.send(HttpResponse(200));
  server.server.reset();
  reply.resume_reading();
}

TEST_CASE("answers from many threads all arrive") {
  AskServer server;
  server.options.threads = 2;
  server.start();
  constexpr int kClients = 8;
  constexpr int kRequests = 200;
  std::atomic<bool> over{false};
  std::vector<std::thread> answerers;
  for (int i = 0; i < 3; ++i)
    answerers.emplace_back([&] {
      while (!over) {
        std::vector<HttpReply> mine;
        server.asked.wait([&](auto& replies) { return over || !replies.empty(); });
        server.asked.change([&](auto& replies) { mine.swap(replies); });
        for (HttpReply& reply : mine)
          reply.send(HttpResponse::text(200, std::string(reply.request().raw_query())));
      }
    });
  std::vector<std::thread> clients;
  std::atomic<int> right{0};
  for (int c = 0; c < kClients; ++c)
    clients.emplace_back([&, c] {
      RawClient client(server.port());
      for (int i = 0; i < kRequests; ++i) {
        std::string mark = std::to_string(c) + "-" + std::to_string(i);
        client.send(get("/ask?" + mark));
        auto response = client.read();
        if (response && response->body == mark) ++right;
      }
    });
  for (auto& thread : clients) thread.join();
  over = true;
  server.asked.change([](auto&) {});
  for (auto& thread : answerers) thread.join();
  CHECK(right == kClients * kRequests);
}

TEST_CASE("a request lives as long as its reply") {
  AskServer server;
  RawClient client = server.connect();
  REQUIRE(
      client.send("GET /ask?a=b%20c&a=d+e&f HTTP/1.1\r\nHost: x\r\nX-Thing:  v  \r\n"
                  "accept: a\r\nACCEPT: b\r\n\r\n"));
  HttpReply reply = server.next();
  client.reset();
  const HttpRequest& request = reply.request();
  CHECK(request.method() == "GET");
  CHECK(request.target() == "/ask?a=b%20c&a=d+e&f");
  CHECK(request.query() == HttpPairs{{"a", "b c"}, {"a", "d e"}, {"f", ""}});
  CHECK(request.header("x-thing") == "v");
  CHECK(request.headers().all("Accept") == std::vector<std::string_view>{"a", "b"});
  CHECK(request.peer_host() == "127.0.0.1");
  CHECK(request.peer_port() > 0);
  CHECK_FALSE(request.secure());
}

}  // namespace ox
