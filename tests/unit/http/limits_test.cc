// Bounds on heads and connections.
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {

TEST_CASE("a head over the limit is answered 431, complete or not") {
  HttpFixture server;
  server.options.limits.header_bytes = 1000;
  std::string fits = "GET /ok HTTP/1.1\r\nHost: x\r\nA: ";
  fits += std::string(1000 - fits.size() - 4, 'a') + "\r\n\r\n";
  RawClient client = server.connect();
  REQUIRE(client.send(fits));
  CHECK(client.read()->status == 200);
  fits.insert(fits.size() - 4, "a");
  CHECK(server.last_answer_to(fits).status == 431);
  CHECK(server.last_answer_to("GET /" + std::string(1000, 'a')).status == 431);
}

TEST_CASE("too many fields are answered 431") {
  HttpFixture server;
  std::string head = "GET /ok HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 99; ++i) head += "A: b\r\n";
  RawClient client = server.connect();
  REQUIRE(client.send(head + "\r\n"));
  CHECK(client.read()->status == 200);
  CHECK(server.last_answer_to(head + "A: b\r\n\r\n").status == 431);
}

TEST_CASE("a connection over the limit is answered 503 with Retry-After") {
  HttpFixture server;
  server.options.limits.connections = 2;
  RawClient first = server.connect();
  RawClient second = server.connect();
  // Once they are answered they are counted.
  for (RawClient* client : {&first, &second}) {
    REQUIRE(client->send(get("/ok")));
    REQUIRE(client->read());
  }
  auto refused = server.last_answer_to(get("/ok"));
  CHECK(refused.status == 503);
  CHECK(refused.headers["retry-after"] == "1");
  CHECK(server.count("http.connections.refused") == 1);
  REQUIRE(first.send(get("/ok")));
  CHECK(first.read()->status == 200);
}

TEST_CASE("when connections go, others get in again") {
  HttpFixture server;
  server.options.limits.connections = 1;
  for (int i = 0; i < 3; ++i) {
    {
      RawClient client = server.connect();
      REQUIRE(client.send(get("/ok")));
      CHECK(client.read()->status == 200);
    }
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (server.server->open_connections() > 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    REQUIRE(server.server->open_connections() == 0);
  }
}

TEST_CASE("far more connections than the limit wait, and are served when there is room") {
  HttpFixture server;
  server.options.limits.connections = 1;
  server.options.deadlines.linger = Millis(0);  // the refused stay until they close
  RawClient first = server.connect();
  REQUIRE(first.send(get("/ok")));
  REQUIRE(first.read());
  std::vector<RawClient> refused;
  for (int i = 0; i < 64; ++i) {
    refused.push_back(server.connect());
    REQUIRE(refused.back().read()->status == 503);
  }
  RawClient waiting = server.connect();  // by the system
  REQUIRE(waiting.send(get("/ok")));
  CHECK(waiting.quiet());
  refused.clear();
  first.reset();
  auto response = waiting.read();
  REQUIRE(response);
  CHECK((response->status == 200 || response->status == 503));
}

TEST_CASE("the server says what options it cannot use") {
  HttpFixture server;
  auto open = [&](HttpServerOptions options) {
    auto opened = HttpServer::open(std::move(options), server.router.handler(), server.metrics);
    REQUIRE_FALSE(opened.ok());
    return opened.status();
  };
  HttpServerOptions options = server.options;
  options.threads = 0;
  CHECK(open(options).code() == Code::kInvalid);
  options = server.options;
  options.listeners[0].tls_certificate_file = "certificate.pem";
  CHECK(open(options).message().find("certificate and a key") != std::string::npos);
  options.listeners[0].tls_key_file = "key.pem";
  CHECK(open(options).message().find("certificate.pem") != std::string::npos);
  server.start();
  options = server.options;
  options.listeners[0].address.port = server.port();
  CHECK(open(options).code() == Code::kExists);
  CHECK(open(options).message().find(std::to_string(server.port())) != std::string::npos);
  options.listeners[0].address = *Address::parse("ipc:///tmp/x", 0);
  CHECK(open(options).code() == Code::kInvalid);
}

TEST_CASE("several listeners have their own profile, and IPv6 where the system has it") {
  Watched<std::string> seen;
  HttpFixture server;
  server.mount.add("GET", "/who", [&](const HttpRequest& request, HttpReply reply) {
    seen.change([&](std::string& s) { s = request.peer_host() + " " + request.profile(); });
    reply.send(HttpResponse(204));
    return nullptr;
  });
  server.options.listeners.push_back({.address = Address::tcp("127.0.0.1", 0), .profile = "pbu"});
  server.options.listeners.push_back({.address = Address::tcp("*", 0), .profile = "any"});
  server.start();
  for (auto [listener, expected] : {std::pair<std::size_t, const char*>{0, "127.0.0.1 "},
                                    {1, "127.0.0.1 pbu"},
                                    {2, "127.0.0.1 any"}}) {
    RawClient client(server.port(listener));
    REQUIRE(client.send(get("/who")));
    REQUIRE(client.read());
    CHECK(seen.get() == expected);
  }
}

}  // namespace ox
