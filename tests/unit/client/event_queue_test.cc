#include "common/client/event_queue.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

ClientEvent event(const std::string& body) { return {"t", "h", 0, body}; }

bool push(EventQueue& queue, const std::string& body) {
  bool first = false;
  return queue.push(event(body), first) == SubmitResult::kTaken;
}

TEST_CASE("events come out in the order in which they went in") {
  EventQueue queue(10, 1000);
  for (const char* body : {"1", "2", "3"}) CHECK(push(queue, body));
  auto taken = queue.take();
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].body == "1");
  CHECK(taken[2].body == "3");
  CHECK(queue.take().empty());
}

TEST_CASE("the consumer is told of the first event only") {
  EventQueue queue(10, 1000);
  bool first = false;
  CHECK(queue.push(event("1"), first) == SubmitResult::kTaken);
  CHECK(first);
  CHECK(queue.push(event("2"), first) == SubmitResult::kTaken);
  CHECK_FALSE(first);
  queue.take();
  CHECK(queue.push(event("3"), first) == SubmitResult::kTaken);
  CHECK(first);
}

TEST_CASE("it is full until events are settled; taking them is not enough") {
  EventQueue queue(2, 1000);
  CHECK(push(queue, "1"));
  CHECK(push(queue, "2"));
  CHECK_FALSE(push(queue, "3"));
  queue.take();
  CHECK_FALSE(push(queue, "3"));
  queue.settle(1, EventQueue::cost(event("1")));
  CHECK(push(queue, "3"));
  CHECK_FALSE(push(queue, "4"));
  CHECK(queue.events() == 2);
}

TEST_CASE("it is bounded in bytes as well, but an event alone always fits") {
  EventQueue queue(10, 100);
  CHECK(push(queue, std::string(500, 'x')));
  CHECK(queue.bytes() == 502);
  CHECK_FALSE(push(queue, ""));
  queue.take();
  queue.settle(1, 502);
  CHECK(queue.bytes() == 0);
  CHECK(push(queue, std::string(90, 'x')));
  CHECK_FALSE(push(queue, "1234567"));
  CHECK(push(queue, "123456"));
}

TEST_CASE("a closed queue takes nothing, and gives what it has") {
  EventQueue queue(10, 1000);
  CHECK(push(queue, "1"));
  queue.close();
  CHECK_FALSE(push(queue, "2"));
  CHECK(queue.take().size() == 1);
}

}  // namespace
}  // namespace ox
