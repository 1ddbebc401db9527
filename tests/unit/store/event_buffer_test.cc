#include "common/store/event_buffer.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

EventBuffer abc() {
  EventBuffer buffer;
  for (const char* event : {"aaa", "bb", "cccc"}) buffer.append(event);
  return buffer;
}

TEST_CASE("a buffer gives up whole events only, at whatever byte it is cut") {
  std::size_t bytes_before[] = {0, 0, 0, 3, 3, 5, 5, 5, 5, 9};
  std::size_t events_before[] = {0, 0, 0, 1, 1, 2, 2, 2, 2, 3};
  for (std::size_t cut = 0; cut <= 9; ++cut) {
    EventBuffer buffer = abc();
    auto taken = buffer.take_front(cut);
    CHECK(taken.bytes == bytes_before[cut]);
    CHECK(taken.events == events_before[cut]);
    CHECK(buffer.events() == 3 - taken.events);
    CHECK(buffer.bytes() == std::string_view("aaabbcccc").substr(taken.bytes));
  }
}

TEST_CASE("the ends of the events left are right after a cut") {
  EventBuffer buffer = abc();
  CHECK(buffer.take_front(4).bytes == 3);
  CHECK(buffer.take_front(2).bytes == 2);
  CHECK(buffer.take_front(3).bytes == 0);
  buffer.append("d");
  CHECK(buffer.take_front(4).bytes == 4);
  CHECK(buffer.bytes() == "d");
}

TEST_CASE("an event without bytes counts as one") {
  EventBuffer buffer;
  buffer.append("");
  CHECK_FALSE(buffer.empty());
  CHECK(buffer.take_front(0).events == 1);
  CHECK(buffer.empty());
}

}  // namespace
}  // namespace ox
