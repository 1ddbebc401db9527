#include <string>
#include <thread>
#include <utility>

#include <oxd/context.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/unit/client/client_fixture.h"

namespace ox {
namespace {

TEST_CASE_FIXTURE(ClientFixture, "a context becomes one event when it ends") {
  double before = to_seconds(Clock::system().wall());
  {
    Context context("request");
    CHECK(context.ok());
    CHECK(set("user_agent", "curl"));
    CHECK(set("response.status", 200));
    CHECK(count() == 0);
  }
  double after = to_seconds(Clock::system().wall());
  REQUIRE(count() == 1);
  CHECK(kept->events[0].type == "request");
  CHECK(kept->events[0].host == "web-1");
  SeenEvent seen = event(0);
  CHECK(seen.type == "request");
  CHECK(seen.host == "web-1");
  CHECK(seen.pid == static_cast<std::uint64_t>(::getpid()));
  CHECK(seen.end == kept->events[0].end);
  CHECK(before - 0.001 <= seen.start);
  CHECK(seen.start <= seen.end);
  CHECK(seen.end <= after + 0.001);
  CHECK(seen.body == R"({"user_agent": "curl", "response": {"status": 200}})");
}

TEST_CASE_FIXTURE(ClientFixture, "an event without data has an empty map for its body") {
  { Context context("empty"); }
  CHECK(last_body() == "{}");
}

TEST_CASE_FIXTURE(ClientFixture, "sub-events have their parent's name in theirs, and its id") {
  std::string id;
  {
    Context request("request");
    id = request.id().text();
    {
      Context db(".db");
      CHECK(db.name() == "request.db");
      Context connect(".connect");
      CHECK(connect.name() == "request.db.connect");
      Context cache("^.cache");
      CHECK(cache.name() == "request.cache");
      Context query("request.db.query");
      CHECK(query.name() == "request.db.query");
    }
    { Context other("other"); }
  }
  CHECK(types() == Types{"request.db.query", "request.cache", "request.db.connect", "request.db",
                         "other", "request"});
  for (std::size_t i : {0U, 1U, 2U, 3U, 5U}) CHECK(event(i).id == "\"" + id + "\"");
  CHECK(event(4).id != event(5).id);
}

TEST_CASE_FIXTURE(ClientFixture, "a new id is the time and 24 random digits") {
  Context a("a");
  Context b("b");
  CHECK(a.id().text().size() == 32);
  CHECK(a.id().text().find_first_not_of("0123456789abcdef") == std::string_view::npos);
  auto time = std::stoul(std::string(a.id().text().substr(0, 8)), nullptr, 16);
  auto now = static_cast<unsigned long>(to_seconds(Clock::system().wall()));
  CHECK(time <= now);
  CHECK(now - time < 60);
  CHECK(a.id().text().substr(8) != b.id().text().substr(8));
}

TEST_CASE_FIXTURE(ClientFixture, "an id that is given is kept, whatever its kind, and inherited") {
  {
    Context outer("outer", Id(5));
    Context inner(".inner");
    Context own(".own", Id("x"));
    Context below(".below");
  }
  CHECK(types() == Types{"outer.inner.own.below", "outer.inner.own", "outer.inner", "outer"});
  CHECK(event(0).id == "\"x\"");
  CHECK(event(1).id == "\"x\"");
  CHECK(event(2).id == "5");
  CHECK(event(3).id == "5");
}

TEST_CASE_FIXTURE(ClientFixture, "a bad name makes a context that is not sent, nor what is below") {
  {
    Context bad("..up");
    CHECK_FALSE(bad.ok());
    CHECK(bad.error().find("context name \"..up\": ") == 0);
    CHECK(bad.name().empty());
    CHECK_FALSE(bad.set("key", 1));
    Context below(".below");
    CHECK(below.ok());
    CHECK_FALSE(below.sampled());
    Context apart("apart");
    CHECK(apart.sampled());
  }
  CHECK(types() == Types{"apart"});
  CHECK(misuses() == 1);
  CHECK(stats().last_misuse.find("..up") != std::string::npos);
}

TEST_CASE_FIXTURE(ClientFixture, "set replaces, append and add go on from what is there") {
  {
    Context context("c");
    CHECK(set("a", 1));
    CHECK(set("a", 2));
    CHECK(append("list", "x"));
    CHECK(append("list", "y"));
    CHECK(add("n", 1));
    CHECK(add("n", 2));
    CHECK(add("deep.n", 0.5));
  }
  CHECK(last_body() == R"({"a": 2, "list": ["x", "y"], "n": 3, "deep": {"n": 0.5}})");
}

TEST_CASE_FIXTURE(ClientFixture, "what cannot be done changes nothing, and is counted and told") {
  {
    Context context("c");
    CHECK(set("a", "text"));
    CHECK_FALSE(set("a.b", 1));
    CHECK_FALSE(append("a", 1));
    CHECK_FALSE(add("a", 1));
    CHECK_FALSE(set("", 1));
  }
  CHECK(last_body() == R"({"a": "text"})");
  CHECK(misuses() == 4);
  CHECK(stats().last_misuse == "context \"c\": set: key \"\": a part is empty");
}

TEST_CASE_FIXTURE(ClientFixture, "a closed context is sent once, and takes nothing more") {
  Context context("c");
  ContextRef ref = context.ref();
  context.close();
  CHECK(count() == 1);
  CHECK_FALSE(context.set("late", 1));
  CHECK_FALSE(ref.append("late", 1));
  CHECK(misuses() == 2);
  context.close();
  CHECK(count() == 1);
  CHECK_FALSE(current());
}

TEST_CASE_FIXTURE(ClientFixture, "free functions mean the innermost context; without one nothing") {
  CHECK_FALSE(set("key", 1));
  CHECK_FALSE(append("key", 1));
  CHECK_FALSE(add("key", 1));
  CHECK_FALSE(current());
  CHECK(misuses() == 0);
  Context outer("outer");
  {
    Context inner("inner");
    CHECK(current().name() == "inner");
    set("where", "inner");
  }
  CHECK(last_body() == R"({"where": "inner"})");
  set("where", "outer");
  outer.close();
  CHECK(last_body() == R"({"where": "outer"})");
}

TEST_CASE_FIXTURE(ClientFixture, "contexts may close in any order") {
  Context outer("outer");
  Context inner(".inner");
  outer.close();
  CHECK(current().name() == "outer.inner");
  Context below(".below");
  CHECK(below.name() == "outer.inner.below");
  CHECK(below.id() == inner.id());
}

TEST_CASE_FIXTURE(ClientFixture, "a context that is moved stays the same one") {
  Context a("a");
  Context b = std::move(a);
  CHECK(b.name() == "a");
  CHECK(count() == 0);
  b = Context("b");
  CHECK(types() == Types{"a"});
  CHECK(current().name() == "b");
  b.close();
  CHECK(types() == Types{"a", "b"});
}

TEST_CASE_FIXTURE(ClientFixture, "a timer stores the seconds it lived") {
  {
    Context context("c");
    { Timer timer("first"); }
    auto second = timeit("t.second");
    CHECK(second.stop() >= 0);
    CHECK(second.stop() == 0);
    Timer moved = context.timeit("third");
    Timer holder = std::move(moved);
    Context inner(".inner");
    holder.stop();  // of the context where it began
  }
  auto decoded = Decoded::decode(kept->events.at(1).body);
  const msgpack::object* body = EventView::of(decoded->root()).body;
  for (const char* key : {"first", "third"}) {
    auto seconds = find_number(*body, key);
    REQUIRE(seconds.has_value());
    CHECK(*seconds >= 0);
    CHECK(*seconds < 60);
  }
  CHECK(find_number(*find_key(*body, "t"), "second").has_value());
  CHECK(event(0).body == "{}");
}

TEST_CASE_FIXTURE(ClientFixture, "a timer without a context measures, and stores nothing") {
  Timer timer("key");
  CHECK(timer.stop() >= 0);
  CHECK(misuses() == 0);
}

TEST_CASE_FIXTURE(ClientFixture, "a reference carries contexts to another thread") {
  {
    Context request("request");
    Context work(".work");
    std::thread([&, ref = current()] {
      CHECK_FALSE(current());
      {
        ScopedContext here(ref);
        CHECK(current().name() == "request.work");
        CHECK(set("thread", true));
        Context step(".step");
        CHECK(step.name() == "request.work.step");
        CHECK(step.id() == request.id());
        Context outermost("^.end");
        CHECK(outermost.name() == "request.end");
      }
      CHECK_FALSE(current());
      CHECK(ref.set("by", "reference"));
    }).join();
    CHECK(current().name() == "request.work");
  }
  CHECK(types() == Types{"request.end", "request.work.step", "request.work", "request"});
  CHECK(event(2).body == R"({"thread": true, "by": "reference"})");
}

TEST_CASE_FIXTURE(ClientFixture, "an empty reference does nothing, which is no misuse") {
  ContextRef ref;
  CHECK_FALSE(ref);
  CHECK(ref.name().empty());
  CHECK(ref.id().is_nil());
  CHECK_FALSE(ref.set("key", 1));
  CHECK(misuses() == 0);
  Context outer("outer");
  {
    ScopedContext none(ref);
    CHECK_FALSE(current());
  }
  CHECK(current().name() == "outer");
}

TEST_CASE_FIXTURE(ClientFixture, "a context closed by another thread leaves the stack of its own") {
  Context outer("outer");
  auto inner = std::make_unique<Context>(".inner");
  std::thread([&] { inner.reset(); }).join();
  CHECK(types() == Types{"outer.inner"});
  CHECK(current().name() == "outer");
}

}  // namespace
}  // namespace ox
