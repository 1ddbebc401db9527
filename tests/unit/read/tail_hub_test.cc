#include "common/read/tail_hub.h"

#include "tests/unit/read/read_fixture.h"

namespace ox {
namespace {

// GET /tail follows the directory of the fixture.
struct TailFixture : ReadFixture {
  explicit TailFixture(const TailHubOptions& options = {})
      : hub(std::make_unique<TailHub>(options, Clock::system(), http.metrics)) {
    http.mount.add("GET", "/tail", [this](const HttpRequest&, HttpReply reply) {
      if (!hub->enter()) {
        reply.send_error({.status = 503, .message = "full"});
        return nullptr;
      }
      hub->add(std::make_unique<TailFeed>(FileSystem::real(), directory.path(), EventSelection(),
                                          FollowOptions()),
               reply.stream(HttpResponse(200)));
      return nullptr;
    });
  }
  ~TailFixture() { hub->stop(); }

  static TailHubOptions quick() {
    TailHubOptions options;
    options.beat = Millis(5);
    return options;
  }
  // What a client gets, until `text` was among it.
  static std::string read_until(RawClient& client, const std::string& text) {
    std::string got;
    while (got.find(text) == std::string::npos) {
      const std::string piece = client.read_bytes(4096);
      REQUIRE_MESSAGE(!piece.empty(), got);
      got += piece;
    }
    return got;
  }

  std::unique_ptr<TailHub> hub;
};

}  // namespace

TEST_CASE("events come with an id, those that are there and those that are written") {
  TailFixture f(TailFixture::quick());
  f.store("a", R"({"id": 1, "type": "a"})");
  RawClient client = f.http.connect();
  REQUIRE(client.send(get("/tail")));
  const std::string first = TailFixture::read_until(client, "\n\n\r\n");
  f.store("a", R"({"id": 2, "type": "a"})");
  const std::string second = TailFixture::read_until(client, "\"id\": 2");
  const std::string all = first + second;
  CHECK(all.find("data: {\"id\": 1") != std::string::npos);
  CHECK(all.find("id: ") < all.find("data: "));
}

TEST_CASE("without events a comment comes now and then") {
  TailHubOptions options = TailFixture::quick();
  options.heartbeat = Millis(20);
  TailFixture f(options);
  f.store("a", R"({"id": 1})");
  RawClient client = f.http.connect();
  REQUIRE(client.send(get("/tail")));
  for (int i = 0; i < 3; ++i) TailFixture::read_until(client, ": still here\n\n");
}

TEST_CASE("no more clients wait than there are places, and one that goes gives its own back") {
  TailHubOptions options = TailFixture::quick();
  options.most = 2;
  TailFixture f(options);
  f.store("a", R"({"id": 1})");
  RawClient one = f.http.connect();
  {
    RawClient two = f.http.connect();
    for (RawClient* client : {&one, &two}) {
      REQUIRE(client->send(get("/tail")));
      TailFixture::read_until(*client, ": tail");
    }
    RawClient three = f.http.connect();
    REQUIRE(three.send(get("/tail")));
    auto refused = three.read();
    REQUIRE(refused);
    CHECK(refused->status == 503);
  }
  // As soon as it is noticed that the second has gone.
  std::string got;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (got.find("200") == std::string::npos && std::chrono::steady_clock::now() < until) {
    RawClient again = f.http.connect();
    REQUIRE(again.send(get("/tail")));
    got = again.read_bytes(64);
  }
  CHECK(got.find("200") != std::string::npos);
}

TEST_CASE("a hub that stops ends its streams well") {
  TailFixture f(TailFixture::quick());
  f.store("a", R"({"id": 1})");
  RawClient client = f.http.connect();
  REQUIRE(client.send(get("/tail")));
  TailFixture::read_until(client, ": tail");
  f.hub->stop();
  TailFixture::read_until(client, "0\r\n\r\n");
  CHECK_FALSE(f.hub->enter());
}

}  // namespace ox
