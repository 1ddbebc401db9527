// Keep-alive, pipelining, HEAD, HTTP/1.0.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {
namespace {

// GET /later/{n} keeps its reply.
struct LaterServer : HttpFixture {
  LaterServer() {
    mount.add("GET", "/later/{n}", [this](const HttpRequest&, HttpReply reply) {
      replies.change([&](auto& kept) { kept.push_back(std::move(reply)); });
      return nullptr;
    });
  }
  ~LaterServer() { server.reset(); }
  bool asked(std::size_t n) {
    return replies.wait([&](auto& kept) { return kept.size() == n; });
  }
  void answer(std::size_t i) {
    replies.change([&](auto& kept) {
      kept[i].send(HttpResponse::text(200, std::string(kept[i].request().parameter("n"))));
    });
  }
  Watched<std::vector<HttpReply>> replies;
};

std::string later(int n) { return get("/later/" + std::to_string(n)); }

}  // namespace

TEST_CASE("a connection serves one request after the other") {
  HttpFixture server;
  RawClient client = server.connect();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(client.send(post("/echo", std::to_string(i))));
    auto response = client.read();
    REQUIRE(response);
    CHECK(response->body == std::to_string(i));
    CHECK(response->headers.count("connection") == 0);
    CHECK(response->headers.count("date") == 1);
  }
  CHECK(server.count("http.connections.accepted") == 1);
  CHECK(server.count("http.requests") == 100);
  CHECK(server.count("http.responses.2xx") == 100);
}

TEST_CASE("pipelined requests are answered in their order, whatever the order of the answers") {
  LaterServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(later(0) + later(1) + later(2) + later(3)));
  REQUIRE(server.asked(4));
  server.answer(3);
  server.answer(1);
  server.answer(2);
  CHECK(client.quiet());
  server.answer(0);
  for (int i = 0; i < 4; ++i) CHECK(client.read()->body == std::to_string(i));
}

TEST_CASE("no more requests are taken ahead than the limit says") {
  LaterServer server;
  server.options.limits.pipeline = 3;
  RawClient client = server.connect();
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += later(i);
  REQUIRE(client.send(requests));
  for (std::size_t i = 0; i < 10; ++i) {
    REQUIRE(server.asked(std::min<std::size_t>(i + 3, 10)));
    CHECK(server.count("http.requests") == std::min<std::size_t>(i + 3, 10));
    server.answer(i);
    CHECK(client.read()->body == std::to_string(i));
  }
}

TEST_CASE("a thousand pipelined requests in one write are all answered") {
  HttpFixture server;
  RawClient client = server.connect();
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += post("/echo", std::to_string(i));
  REQUIRE(client.send(requests));
  for (int i = 0; i < 1000; ++i) REQUIRE(client.read()->body == std::to_string(i));
}

TEST_CASE("a client that does not read its answers is not read from, and gets them all later") {
  HttpFixture server;
  server.mount.add("GET", "/big", [](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse::text(200, std::string(1 << 20, 'b')));
    return nullptr;
  });
  server.start();
  RawClient client(server.port(), RawClient::Security::kPlain, 4096);
  std::string requests;
  for (int i = 0; i < 60; ++i) requests += get("/big");
  REQUIRE(client.send(requests));
  // The first answer's beginning is here, so the server has been through what it takes at once.
  CHECK(client.read_some(1) == 1);
  RawClient other = server.connect();
  REQUIRE(other.send(get("/ok")));
  CHECK(other.read()->status == 200);
  CHECK(server.count("http.requests") < 40);
  client.end_sending();
  auto rest = client.read_to_end();
  REQUIRE(rest);
  CHECK(rest->size() > 60u << 20);
  CHECK(server.count("http.requests") == 61);
}

TEST_CASE("Connection: close is obeyed, and what comes behind it is not served") {
  HttpFixture server;
  RawClient client = server.connect();
  REQUIRE(client.send("GET /ok HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n" + get("/ok")));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->headers["connection"] == "close");
  CHECK(client.at_end());
  CHECK(server.count("http.requests") == 1);
}

TEST_CASE("an answer may close the connection") {
  HttpFixture server;
  server.mount.add("GET", "/bye", [](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse::text(200, "bye").close());
    return nullptr;
  });
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ok") + get("/bye") + get("/ok")));
  CHECK(client.read()->body == "ok");
  CHECK(client.read()->body == "bye");
  CHECK(client.at_end());
}

TEST_CASE("HTTP/1.0 closes, unless it asks for keep-alive and is told so") {
  HttpFixture server;
  CHECK(server.last_answer_to("GET /ok HTTP/1.0\r\n\r\n").body == "ok");
  RawClient client = server.connect();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client.send("GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    auto response = client.read();
    REQUIRE(response);
    CHECK(response->headers["connection"] == "keep-alive");
  }
}

TEST_CASE("a client that has sent FIN still gets its answers") {
  LaterServer server;
  RawClient client = server.connect();
  REQUIRE(client.send(later(0) + later(1)));
  client.end_sending();
  REQUIRE(server.asked(2));
  server.answer(1);
  server.answer(0);
  CHECK(client.read()->body == "0");
  CHECK(client.read()->body == "1");
  CHECK(client.at_end());
}

TEST_CASE("HEAD has the head of GET with its Content-Length, and no body") {
  HttpFixture server;
  RawClient client = server.connect();
  REQUIRE(client.send("HEAD /ok HTTP/1.1\r\nHost: x\r\n\r\n" + get("/ok")));
  auto head = client.read(false);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->headers["content-length"] == "2");
  CHECK(client.read()->body == "ok");
  REQUIRE(client.send("HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" + get("/ok")));
  head = client.read(false);
  REQUIRE(head);
  CHECK(head->status == 404);
  CHECK(head->headers["content-length"] != "0");
  CHECK(client.read()->body == "ok");
}

TEST_CASE("204 and 304 have neither a body nor a Content-Length") {
  HttpFixture server;
  for (int status : {204, 304})
    server.mount.add("GET", "/" + std::to_string(status),
                     [status](const HttpRequest&, HttpReply reply) {
                       reply.send(HttpResponse::text(status, "must not be sent"));
                       return nullptr;
                     });
  RawClient client = server.connect();
  for (const char* path : {"/204", "/304"}) {
    REQUIRE(client.send(get(path) + get("/ok")));
    CHECK(client.read()->headers.count("content-length") == 0);
    CHECK(client.read()->body == "ok");
  }
}

}  // namespace ox
