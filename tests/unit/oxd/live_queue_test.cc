#include "oxd/stream/live_queue.h"

#include <doctest/doctest.h>

#include "tests/unit/oxd/batch_of.h"

namespace ox {
namespace {

using Added = LiveQueue::Added;

constexpr std::uint64_t kRoomy = 64u << 20;

LiveItem events(std::size_t count) {
  return {batch_of(std::vector<std::pair<std::string, std::string>>(count, {"web", "a"})),
          false,
          {},
          nullptr};
}

}  // namespace

TEST_CASE("the sending thread is told of the first batch, and again when there is enough") {
  LiveQueue queue(kRoomy);
  CHECK(queue.add(events(1)) == Added::kWake);
  CHECK(queue.add(events(998)) == Added::kQueued);
  CHECK(queue.add(events(1)) == Added::kWake);
  CHECK(queue.add(events(5000)) == Added::kQueued);
  CHECK(queue.take().size() == 4);
  CHECK(queue.take().empty());
  CHECK(queue.add(events(1)) == Added::kWake);
}

TEST_CASE("events are gathered for many subscribers, not for one") {
  LiveQueue queue(kRoomy);
  queue.add(events(1));
  CHECK(queue.gather_for(0) == Micros(0));
  CHECK(queue.gather_for(1) == Micros(0));
  CHECK(queue.gather_for(2) == Micros(400));
  CHECK(queue.gather_for(100) == Micros(20'000));
  CHECK(queue.gather_for(1'000'000'000'000'000'000) == Micros(20'000));
}

TEST_CASE("what is enough is not kept back") {
  LiveQueue queue(kRoomy);
  queue.add(events(1000));
  CHECK(queue.gather_for(100) == Micros(0));
  queue.take();
  queue.add(events(1));
  CHECK(queue.gather_for(100) == Micros(20'000));
}

TEST_CASE("a full queue drops what comes, and keeps a batch of any size") {
  const std::uint64_t size = events(10).batch->bytes().size();
  LiveQueue queue(2 * size);
  CHECK(queue.add(events(10)) == Added::kWake);
  CHECK(queue.add(events(10)) == Added::kQueued);
  CHECK(queue.add(events(10)) == Added::kDropped);
  CHECK(queue.take().size() == 2);
  CHECK(queue.add(events(10'000)) == Added::kWake);
  CHECK(queue.add(events(1)) == Added::kDropped);
  CHECK(queue.take().size() == 1);
}

}  // namespace ox
