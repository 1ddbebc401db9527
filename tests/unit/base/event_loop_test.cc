#include "common/base/event_loop.h"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

namespace ox {

TEST_CASE("posted work runs on the loop's thread, in order, before run() returns") {
  EventLoop loop;
  std::vector<int> seen;
  std::thread::id ran_on;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&seen, i] { seen.push_back(i); });
    loop.post([&ran_on] { ran_on = std::this_thread::get_id(); });
    loop.stop();
  });
  loop.run();
  poster.join();
  REQUIRE(seen.size() == 1000);
  for (int i = 0; i < 1000; ++i) CHECK(seen[static_cast<std::size_t>(i)] == i);
  CHECK(ran_on == std::this_thread::get_id());
}

TEST_CASE("work posted by posted work runs too") {
  EventLoop loop;
  int depth = 0;
  std::function<void()> again = [&] {
    if (++depth == 50)
      loop.stop();
    else
      loop.post(again);
  };
  loop.post(again);
  loop.run();
  CHECK(depth == 50);
}

TEST_CASE("a stop that comes before run ends it at once, and run may be called again") {
  EventLoop loop;
  loop.stop();
  loop.run();
  bool ran = false;
  loop.post([&] { ran = true; });
  loop.stop();
  loop.run();
  CHECK(ran);
}

TEST_CASE("timers fire once or every interval, never early, and not when cancelled") {
  EventLoop loop;
  int beats = 0;
  bool cancelled_fired = false;
  bool once = false;
  MonoTime start = Clock::system().mono();
  MonoTime fired{};
  EventLoop::Id victim = 0;
  loop.call_after(Millis(2), [&] {
    once = true;
    fired = Clock::system().mono();
    loop.cancel(victim);
  });
  // Behind the other also when both are late.
  victim = loop.call_after(Millis(5), [&] { cancelled_fired = true; });
  EventLoop::Id every = 0;
  every = loop.call_every(Millis(3), [&] {
    if (++beats == 5) {
      loop.cancel(every);  // inside its own handler
      loop.call_after(Millis(10), [&] { loop.stop(); });
    }
  });
  loop.run();
  CHECK(once);
  CHECK(fired - start >= Millis(2));
  CHECK(beats == 5);
  CHECK_FALSE(cancelled_fired);
}

TEST_CASE("a watch is called while its descriptor is readable, and pauses when told") {
  EventLoop loop;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  std::string got;
  EventLoop::Id id = loop.watch_fd(reader.get(), kReadable, [&] {
    char c = 0;
    REQUIRE(::read(reader.get(), &c, 1) == 1);
    got.push_back(c);
    if (got.size() == 3) loop.set_events(id, 0);
    if (got.size() == 5) loop.unwatch(id);  // safe inside its own handler
  });
  REQUIRE(::write(writer.get(), "abcdefg", 7) == 7);
  for (int i = 0; i < 8; ++i) loop.run_once(Micros(0));
  CHECK(got == "abc");
  loop.set_events(id, kReadable);
  for (int i = 0; i < 8; ++i) loop.run_once(Micros(0));
  CHECK(got == "abcde");
}

TEST_CASE("a handler may remove the watch whose turn comes next") {
  EventLoop loop;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  int calls = 0;
  EventLoop::Id first = 0;
  EventLoop::Id second = 0;
  first = loop.watch_fd(reader.get(), kReadable, [&] {
    ++calls;
    loop.unwatch(second);
  });
  second = loop.watch_fd(reader.get(), kReadable, [&] {
    ++calls;
    loop.unwatch(first);
  });
  REQUIRE(::write(writer.get(), "x", 1) == 1);
  loop.run_once(Micros(0));
  CHECK(calls == 1);
}

}  // namespace ox
