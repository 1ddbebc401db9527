#include "common/read/scan_pool.h"

#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/read/read_fixture.h"

namespace ox {
namespace {

// Work that waits until it is told to go on, or nobody wants it to. It is used until the fixture has
// ended, so it is made before.
struct HeldWork {
  void operator()(ScanJob& job) {
    seen.change([](Seen& s) { ++s.begun; });
    while (job.go_on() && !seen.get().released) std::this_thread::yield();
    const bool wanted = job.go_on();
    if (wanted)
      job.reply().send(HttpResponse::text(200, "found"));
    else
      job.reply().send_error(job.stopped());
    seen.change([wanted](Seen& s) { wanted ? ++s.answered : ++s.given_up; });
  }
  struct Seen {
    int begun = 0;
    int answered = 0;
    int given_up = 0;
    bool released = false;
  };
  bool wait_begun(int n) {
    return seen.wait([n](const Seen& s) { return s.begun >= n; });
  }
  Watched<Seen> seen;
};

TEST_CASE("requests are answered by a thread of the pool") {
  HeldWork work;
  ReadFixture fixture;
  work.seen.change([](auto& s) { s.released = true; });
  fixture.serve([&](ScanJob& job) { work(job); });
  RawClient client = fixture.http.connect();
  REQUIRE(client.send(get("/work")));
  auto response = client.read();
  REQUIRE(response);
  CHECK(response->body == "found");
}

TEST_CASE("what comes while too much waits is refused, and told when to come again") {
  HeldWork work;
  ReadFixture fixture({.threads = 1, .waiting = 1});
  fixture.serve([&](ScanJob& job) { work(job); });
  RawClient first = fixture.http.connect();
  REQUIRE(first.send(get("/work")));
  REQUIRE(work.wait_begun(1));
  RawClient second = fixture.http.connect();
  REQUIRE(second.send(get("/work") + get("/work")));
  // Nothing ends before both have come, or there would be room for the second.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (fixture.http.count("scans.refused") == 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  work.seen.change([](auto& s) { s.released = true; });
  REQUIRE(first.read());
  auto waited = second.read();
  auto refused = second.read();
  REQUIRE(waited);
  REQUIRE(refused);
  CHECK(waited->status == 200);
  CHECK(refused->status == 503);
  CHECK(refused->headers["retry-after"] == "2");
  CHECK(fixture.http.count("scans.refused") == 1);
}

TEST_CASE("a scan ends with its time") {
  HeldWork work;
  ReadFixture fixture({.threads = 1, .deadline = Seconds(5)});
  fixture.serve([&](ScanJob& job) { work(job); });
  RawClient client = fixture.http.connect();
  REQUIRE(client.send(get("/work")));
  REQUIRE(work.wait_begun(1));
  RawClient another = fixture.http.connect();
  REQUIRE(another.send(get("/work")));
  RawClient third = fixture.http.connect();
  REQUIRE(third.send(get("/ok")));
  REQUIRE(third.read());
  for (RawClient* each : {&client, &another}) {
    fixture.clock.advance(Seconds(6));
    auto response = each->read();
    REQUIRE(response);
    CHECK(response->status == 503);
    CHECK(response->headers.count("retry-after") == 1);
  }
}

TEST_CASE("a scan ends with its client") {
  HeldWork work;
  ReadFixture fixture({.threads = 1});
  fixture.serve([&](ScanJob& job) { work(job); });
  RawClient client = fixture.http.connect();
  REQUIRE(client.send(get("/work")));
  REQUIRE(work.wait_begun(1));
  client.end_sending();
  CHECK(work.seen.wait([](const auto& s) { return s.given_up == 1; }));
}

TEST_CASE("the pool ends what is at work and answers what waits") {
  HeldWork work;
  ReadFixture fixture({.threads = 1});
  fixture.serve([&](ScanJob& job) { work(job); });
  RawClient client = fixture.http.connect();
  REQUIRE(client.send(get("/work") + get("/work")));
  REQUIRE(work.wait_begun(1));
  fixture.pool->stop();
  for (int i = 0; i < 2; ++i) {
    auto response = client.read();
    REQUIRE(response);
    CHECK(response->status == 503);
  }
  REQUIRE(client.send(get("/work")));
  auto late = client.read();
  REQUIRE(late);
  CHECK(late->status == 503);
}

}  // namespace
}  // namespace ox
