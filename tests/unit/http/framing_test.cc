// What could be understood in two ways is answered 400 and closed.
#include <string>

#include <doctest/doctest.h>

#include "tests/unit/http/http_fixture.h"

namespace ox {
using namespace std::string_literals;
namespace {

void check_refused(HttpFixture& server, const std::string& bytes, int status = 400) {
  CAPTURE(bytes);
  auto response = server.last_answer_to(bytes);
  CHECK(response.status == status);
  CHECK(response.headers["content-type"] == "application/json");
  if (status == 400) CHECK(response.body.find(R"({"error":{"type":"bad_request")") == 0);
}

const std::string kPost = "POST /echo HTTP/1.1\r\nHost: x\r\n";

}  // namespace

TEST_CASE("Content-Length with Transfer-Encoding is refused, in either order") {
  HttpFixture server;
  check_refused(server, kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  check_refused(server, kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n");
  CHECK(server.count("http.rejected.framing") == 2);
  CHECK(server.count("http.requests") == 0);
}

TEST_CASE("a second Content-Length is refused, differing or not, in a field or in a list") {
  HttpFixture server;
  check_refused(server, kPost + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
  check_refused(server, kPost + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello");
  check_refused(server, kPost + "Content-Length: 5, 5\r\n\r\nhello");
  check_refused(server, kPost + "Content-Length: 5, 6\r\n\r\nhello");
}

TEST_CASE("a Content-Length that is no plain number is refused") {
  HttpFixture server;
  for (const char* value : {"+5", "-5", "0x5", "5 5", "", "5a", "99999999999999999999999"})
    check_refused(server, kPost + "Content-Length: " + value + "\r\n\r\nhello");
}

TEST_CASE("a Transfer-Encoding that is repeated or comes with HTTP/1.0 is refused") {
  HttpFixture server;
  check_refused(server, kPost +
                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "0\r\n\r\n");
  check_refused(server, "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST_CASE("a Transfer-Encoding other than chunked is answered 501") {
  HttpFixture server;
  for (const char* value : {"gzip", "gzip, chunked", "chunked, gzip", "xchunked", "identity"})
    check_refused(server, kPost + "Transfer-Encoding: " + value + "\r\n\r\n0\r\n\r\n", 501);
}

TEST_CASE("a line that ends with LF alone is refused at once") {
  HttpFixture server;
  check_refused(server, "GET /ok HTTP/1.1\nHost: x\r\n\r\n");
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\n");  // the head is not even complete
  check_refused(server, "\n");
}

TEST_CASE("a CR without LF is refused") {
  HttpFixture server;
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\rX: y\r\n\r\n");
}

TEST_CASE("a folded field is refused") {
  HttpFixture server;
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n");
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\tc\r\n\r\n");
  check_refused(server, "GET /ok HTTP/1.1\r\n Host: x\r\n\r\n");
}

TEST_CASE("white space before the colon, and names that are no token, are refused") {
  HttpFixture server;
  check_refused(server, "GET /ok HTTP/1.1\r\nHost : x\r\n\r\n");
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\r\nContent-Length\t: 0\r\n\r\n");
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n");
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\r\nX(Y): z\r\n\r\n");
}

TEST_CASE("bad chunk sizes are refused") {
  HttpFixture server;
  const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks :
       {"x\r\n", "\r\n", "-1\r\n", "0x5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "11111111111111111\r\n", "5\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n"})
    check_refused(server, head + chunks);
}

TEST_CASE("folded trailers are refused, plain ones are dropped") {
  HttpFixture server;
  const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  check_refused(server, head + "0\r\nX-Sum: a\r\n b\r\n\r\n");
  RawClient client = server.connect();
  REQUIRE(client.send(head + "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n" + get("/ok")));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->body == "hello");
  response = client.read();
  REQUIRE(response);
  CHECK(response->body == "ok");
}

TEST_CASE("a chunk header or trailer without an end is refused") {
  HttpFixture server;
  check_refused(server, kPost + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(20'000, 'a'));
  check_refused(server,
                kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + std::string(20'000, 'a'));
}

TEST_CASE("control characters in the target or in a value are refused") {
  HttpFixture server;
  check_refused(server, "GET /o\x01k HTTP/1.1\r\nHost: x\r\n\r\n");
  check_refused(server, "GET /o\tk HTTP/1.1\r\nHost: x\r\n\r\n");
  check_refused(server, "GET /o\x7fk HTTP/1.1\r\nHost: x\r\n\r\n");
  check_refused(server, "GET /o\0k HTTP/1.1\r\nHost: x\r\n\r\n"s);
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n");
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n"s);
}

TEST_CASE("a malformed request line is refused") {
  HttpFixture server;
  for (const char* line :
       {"GET  /ok HTTP/1.1", "GET /ok  HTTP/1.1", " GET /ok HTTP/1.1", "GET /ok",
        "GET /ok HTTP/2.0", "GET /ok HTTP/1.2", "GET /ok http/1.1", "GET ok HTTP/1.1",
        "G(T /ok HTTP/1.1", "GET * HTTP/1.1", "GET /a%zz HTTP/1.1", "GET /a%4 HTTP/1.1",
        "CONNECT x:1 HTTP/1.1", "GET /ok HTTP/1.1 "})
    check_refused(server, std::string(line) + "\r\nHost: x\r\n\r\n");
}

TEST_CASE("HTTP/1.1 needs exactly one Host, HTTP/1.0 none") {
  HttpFixture server;
  check_refused(server, "GET /ok HTTP/1.1\r\n\r\n");
  check_refused(server, "GET /ok HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n");
  CHECK(server.last_answer_to("GET /ok HTTP/1.0\r\n\r\n").status == 200);
}

TEST_CASE("TLS on a plain port is refused") {
  HttpFixture server;
  auto response = server.last_answer_to("\x16\x03\x01\x02\x00\x01\n"s);
  CHECK(response.status == 400);
}

TEST_CASE("what stands before the bad request is still answered") {
  HttpFixture server;
  RawClient client = server.connect();
  REQUIRE(client.send(get("/ok") + "BAD\r\n\r\n" + get("/ok")));
  auto first = client.read();
  auto second = client.read();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->status == 200);
  CHECK(second->status == 400);
  CHECK(client.at_end());
}

TEST_CASE("an absolute URI is cut to its path and query") {
  HttpFixture server;
  Watched<std::string> seen;
  server.mount.add("GET", "/", [&](const HttpRequest& request, HttpReply reply) {
    seen.change([&](std::string& s) {
      s = std::string(request.target()) + " " + std::string(request.path()) + " " +
          std::string(request.raw_query());
    });
    reply.send(HttpResponse(204));
    return nullptr;
  });
  RawClient client = server.connect();
  for (auto [target, expected] : {std::pair{"http://x", "/ / "},
                                  {"HTTP://x:80/?a=b", "/?a=b / a=b"},
                                  {"https://x?a", "?a / a"}}) {
    REQUIRE(client.send(get(target)));
    REQUIRE(client.read());
    CHECK(seen.get() == expected);
  }
}

TEST_CASE("empty lines before a request are passed over, but not many") {
  HttpFixture server;
  RawClient client = server.connect();
  REQUIRE(client.send("\r\n\r\n" + get("/ok") + "\r\n" + get("/ok")));
  CHECK(client.read()->status == 200);
  CHECK(client.read()->status == 200);
  check_refused(server, "\r\n\r\n\r\n\r\n\r\n\r\n");
}

TEST_CASE("a request that arrives byte by byte is understood as one that comes whole") {
  HttpFixture server;
  RawClient client = server.connect();
  std::string request = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                        chunk("hello ") + chunk("world") + "0\r\n\r\n";
  for (char c : request + get("/ok")) REQUIRE(client.send({&c, 1}));
  CHECK(client.read()->body == "hello world");
  CHECK(client.read()->body == "ok");
}

}  // namespace ox
