#include <oxd/context.h>

#include "tests/unit/client/client_fixture.h"

namespace ox {
namespace {

using Draws = std::deque<double>;

TEST_CASE_FIXTURE(ClientFixture, "rates of all and none need no chance") {
  { Context all("all", {".", 1}); }
  draws = {0.0};
  { Context none("none", {".", 0}); }
  CHECK(types() == Types{"all"});
}

TEST_CASE_FIXTURE(ClientFixture, "by itself each context has a draw of its own") {
  draws = {0.24, 0.25, 0.1};
  for (int i = 0; i < 3; ++i) Context context("c" + std::to_string(i), {".", 0.25});
  CHECK(types() == Types{"c0", "c2"});
}

TEST_CASE_FIXTURE(ClientFixture, "by its own name each context has a draw of its own") {
  draws = {0.5, 0.1, 0.5, 0.1, 0.1};
  Context request("request");
  { Context context(".memcache", {"memcache", 0.25}); }
  { Context context(".memcache", {"memcache", 0.25}); }
  { Context context(".memcache", {"request.memcache", 0.25}); }
  { Context context(".memcache", {".memcache", 0.25}); }
  { Context context("^.memcache", {"memcache", 0.25}); }
  CHECK(draws.empty());
  CHECK(count() == 3);
}

TEST_CASE_FIXTURE(ClientFixture, "by the parent, one draw decides for all its sub-events") {
  draws = {0.1, 0.5, 0.2};
  for (int i = 0; i < 3; ++i) {
    Context request("request");
    set("i", i);
    for (int k = 0; k < 4; ++k) Context memcache(".memcache", {"..", 0.25});
  }
  CHECK(draws.empty());
  Types expected(4, "request.memcache");
  expected.push_back("request");
  expected.push_back("request");
  expected.insert(expected.end(), 4, "request.memcache");
  expected.push_back("request");
  CHECK(types() == expected);
}

TEST_CASE_FIXTURE(ClientFixture, "what a smaller rate lets through, a larger one does too") {
  draws = {0.3};
  Context request("request");
  { Context rare(".rare", {"..", 0.2}); }
  { Context often(".often", {"..", 0.4}); }
  CHECK(types() == Types{"request.often"});
}

TEST_CASE_FIXTURE(ClientFixture, "how a context was sampled itself says nothing for those below") {
  draws = {0.1, 0.9};
  {
    Context request("request", {".", 0.25});
    Context below(".below", {"..", 0.25});
  }
  CHECK(types() == Types{"request"});
}

TEST_CASE_FIXTURE(ClientFixture, "by the outermost, one draw decides for all levels below") {
  draws = {0.1, 0.9};
  for (int i = 0; i < 2; ++i) {
    Context request("request");
    Context work(".work");
    { Context one(".one", {"^", 0.5}); }
    { Context two("^.two", {"^", 0.5}); }
  }
  CHECK(types() == Types{"request.work.one", "request.two", "request.work", "request",
                         "request.work", "request"});
}

TEST_CASE_FIXTURE(ClientFixture, "by the name of an open context, its draw decides") {
  draws = {0.9};
  Context app("app");
  Context request("app.request");
  Context work(".work");
  { Context a(".a", {"app.request", 0.5}); }
  { Context b("^.b", {"app.request", 0.5}); }
  CHECK(count() == 0);
  CHECK(draws.empty());
}

TEST_CASE_FIXTURE(ClientFixture, "without such a context each one has a draw of its own") {
  draws = {0.1, 0.9, 0.1, 0.9};
  { Context a("a", {"..", 0.5}); }
  { Context b("b", {"^", 0.5}); }
  { Context c("c", {"absent", 0.5}); }
  { Context d("d", {"absent", 0.5}); }
  CHECK(types() == Types{"a", "c"});
}

TEST_CASE_FIXTURE(ClientFixture, "below a context that is not sampled, nothing is sent or drawn") {
  draws = {0.9};
  {
    Context request("request", {".", 0.5});
    CHECK_FALSE(request.sampled());
    CHECK(set("key", 1));
    Context db(".db");
    CHECK_FALSE(db.sampled());
    Context cache(".cache", {".", 0.5});
    CHECK_FALSE(cache.sampled());
  }
  CHECK(count() == 0);
  CHECK(stats().submitted == 0);
  CHECK(misuses() == 0);
}

TEST_CASE("the library's own chance keeps about the rate") {
  auto kept = std::make_shared<Kept>();
  REQUIRE(configure_sink(std::make_unique<KeepingSink>(kept)));
  for (int i = 0; i < 4000; ++i) Context context("c", {".", 0.25});
  shutdown();
  // Twelve standard deviations to either side.
  CHECK(kept->events.size() > 670);
  CHECK(kept->events.size() < 1330);
}

}  // namespace
}  // namespace ox
