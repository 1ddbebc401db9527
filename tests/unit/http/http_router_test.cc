#include "common/http/http_router.h"

#include <string>

#include <doctest/doctest.h>

#include "common/http/path_pattern.h"
#include "tests/unit/http/http_fixture.h"

namespace ox {
namespace {

HttpHandler says(std::string text) {
  return [text](const HttpRequest&, HttpReply reply) {
    reply.send(HttpResponse::text(200, text));
    return nullptr;
  };
}

HttpHandler says_parameter(std::string name) {
  return [name](const HttpRequest& request, HttpReply reply) {
    reply.send(HttpResponse::text(200, std::string(request.parameter(name))));
    return nullptr;
  };
}

RawResponse ask(RawClient& client, const std::string& method, const std::string& target) {
  REQUIRE(client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"));
  auto response = client.read(method != "HEAD");
  REQUIRE(response);
  return *response;
}

}  // namespace

TEST_CASE("exact paths, parameters and rests are told apart, the most literal first") {
  HttpFixture server;
  server.mount.add("GET", "/r/{id}", says_parameter("id"))
      .add("GET", "/r/list", says("the list"))
      .add("GET", "/f/{tag...}", says_parameter("tag"))
      .add("GET", "/{index}/_bulk", says_parameter("index"));
  RawClient client = server.connect();
  CHECK(ask(client, "GET", "/r/list").body == "the list");
  CHECK(ask(client, "GET", "/r/li%73t").body == "the list");
  CHECK(ask(client, "GET", "/r/12%2F3?x=y").body == "12/3");
  CHECK(ask(client, "GET", "/f/a.b/c").body == "a.b/c");
  CHECK(ask(client, "GET", "/logs/_bulk").body == "logs");
  CHECK(ask(client, "GET", "/r/_bulk").body == "_bulk");
  for (const char* target : {"/r/", "/r", "/r/1/2", "/r/1/", "/f/", "/f", "//_bulk", "/ok/", "/"})
    CHECK(ask(client, "GET", target).status == 404);
  CHECK(ask(client, "GET", "/r%2Flist").status == 404);
}

TEST_CASE("a method that a path does not have is answered 405 with Allow") {
  HttpFixture server;
  server.mount.add("POST, DELETE", "/thing", says("done"));
  RawClient client = server.connect();
  CHECK(ask(client, "DELETE", "/thing").body == "done");
  auto response = ask(client, "GET", "/thing");
  CHECK(response.status == 405);
  CHECK(response.headers["allow"] == "POST, DELETE, OPTIONS");
  CHECK(ask(client, "post", "/thing").status == 405);
  CHECK(ask(client, "PATCH", "/ok").headers["allow"] == "GET, HEAD, OPTIONS");
}

TEST_CASE("the methods of one path may be in several mounts") {
  HttpFixture server;
  auto shape = [](const HttpError& error, const HttpRequest*) {
    return HttpResponse::text(error.status, "readers' error");
  };
  server.router.mount({.error = shape}).add("GET", "/r/{id}", says_parameter("id"));
  server.router.mount().add("POST", "/r/{id}", says("posted")).add("PUT", "/other/{id}", says("x"));
  server.router.mount({.profile = "elsewhere"}).add("DELETE", "/r/{id}", says("never"));
  RawClient client = server.connect();
  CHECK(ask(client, "GET", "/r/7").body == "7");
  CHECK(ask(client, "POST", "/r/7").body == "posted");
  CHECK(ask(client, "HEAD", "/r/7").headers["content-length"] == "1");
  auto refused = ask(client, "DELETE", "/r/7");
  CHECK(refused.status == 405);
  CHECK(refused.headers["allow"] == "GET, HEAD, POST, OPTIONS");
  CHECK(refused.body == "readers' error");
  CHECK(ask(client, "OPTIONS", "/r/7").headers["allow"] == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("OPTIONS tells what is allowed, for a path and for the server") {
  HttpFixture server;
  RawClient client = server.connect();
  auto response = ask(client, "OPTIONS", "/ok");
  CHECK(response.status == 204);
  CHECK(response.headers["allow"] == "GET, HEAD, OPTIONS");
  response = ask(client, "OPTIONS", "*");
  CHECK(response.status == 204);
  CHECK(response.headers.count("allow") == 1);
  CHECK(ask(client, "OPTIONS", "/nowhere").status == 404);
}

TEST_CASE("HEAD goes to GET's handler unless it has its own") {
  HttpFixture server;
  server.mount.add("GET", "/a", says("get")).add("HEAD", "/a", says("head!"));
  RawClient client = server.connect();
  CHECK(ask(client, "HEAD", "/ok").headers["content-length"] == "2");
  CHECK(ask(client, "HEAD", "/a").headers["content-length"] == "5");
}

TEST_CASE("a mount's errors have its shape: 404 under its prefix, 405 and 413 of its routes") {
  HttpFixture server;
  auto shape = [](const HttpError& error, const HttpRequest* request) {
    return HttpResponse::json(error.status, "[\"" + std::string(request->path()) + "\"]");
  };
  server.router.mount({.prefix = "/api", .error = shape})
      .add("POST", "/api/x",
           [](const HttpRequest&, HttpReply reply) {
             return read_whole_body(std::move(reply), [](std::string, HttpReply) {});
           },
           {.limits = HttpBodyLimits{.raw_bytes = 1}});
  server.router.mount({.prefix = "/api/deeper"});
  RawClient client = server.connect();
  CHECK(ask(client, "GET", "/api/nothing").body == "[\"/api/nothing\"]");
  CHECK(ask(client, "GET", "/api").body == "[\"/api\"]");
  CHECK(ask(client, "GET", "/apix").body.find("not_found") != std::string::npos);
  CHECK(ask(client, "GET", "/api/deeper/x").body.find("not_found") != std::string::npos);
  auto response = ask(client, "GET", "/api/x");
  CHECK(response.status == 405);
  CHECK(response.body == "[\"/api/x\"]");
  REQUIRE(client.send(post("/api/x", "{}")));
  auto refused = client.read();
  REQUIRE(refused);
  CHECK(refused->status == 413);
  CHECK(refused->body == "[\"/api/x\"]");
}

TEST_CASE("a profile's mount owns its paths on its listeners, and nowhere else") {
  HttpFixture server;
  server.mount.add("GET", "/", says("everybody's"));
  server.router.mount({.profile = "pbu", .prefix = "/"}).add("GET", "/", says("pbu's"));
  server.router.mount({.profile = "es"}).add("GET", "/_cluster", says("es"));
  server.options.listeners.push_back({.address = Address::tcp("127.0.0.1", 0), .profile = "pbu"});
  RawClient plain = server.connect();
  RawClient pbu(server.port(1));
  CHECK(ask(plain, "GET", "/").body == "everybody's");
  CHECK(ask(pbu, "GET", "/").body == "pbu's");
  CHECK(ask(pbu, "GET", "/ok").body == "ok");
  CHECK(ask(pbu, "GET", "/_cluster").status == 404);
}

TEST_CASE("the last mount has what none of the others has") {
  HttpFixture server;
  server.router.mount({.profile = "pbu", .last = true})
      .add("GET, POST", "/{rest...}", says_parameter("rest"));
  server.mount.add("GET", "/later", says("everybody's"));
  server.options.listeners.push_back({.address = Address::tcp("127.0.0.1", 0), .profile = "pbu"});
  RawClient plain = server.connect();
  RawClient pbu(server.port(1));
  CHECK(ask(pbu, "GET", "/later").body == "everybody's");
  CHECK(ask(pbu, "POST", "/later").status == 405);
  CHECK(ask(pbu, "GET", "/any/thing").body == "any/thing");
  CHECK(ask(plain, "GET", "/any/thing").status == 404);
}

TEST_CASE("patterns that cannot be meant are refused") {
  for (const char* text : {"", "a", "/{}", "/{...}", "/{a...}/b", "/a{b}", "/{a}b", "/a?b", "/%41"})
    CHECK(PathPattern::parse(text).status().code() == Code::kInvalid);
  CHECK(PathPattern::parse("/").ok());
}

}  // namespace ox
