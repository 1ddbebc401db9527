#include "common/store/event_splitter.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.h"

namespace ox {
namespace {

void feed(EventSplitter& splitter, std::string_view bytes) {
  std::span<char> room = splitter.room();
  REQUIRE(bytes.size() <= room.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  splitter.commit(bytes.size());
}

std::vector<std::string> take_all(EventSplitter& splitter) {
  std::vector<std::string> events;
  std::string_view event;
  while (splitter.next(event) == EventSplitter::Next::kEvent) events.emplace_back(event);
  return events;
}

// A map, a text in the old encoding, a number, an array: values of any kind are events.
const std::vector<std::string> kEvents = {from_hex("81a16101"), from_hex("da0003616263"),
                                          from_hex("07"), from_hex("93c0c2c3")};

std::string joined() {
  std::string all;
  for (const std::string& event : kEvents) all += event;
  return all;
}

}  // namespace

TEST_CASE("events are found wherever the stream is cut into pieces") {
  const std::string all = joined();
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CAPTURE(cut);
    EventSplitter splitter;
    feed(splitter, all.substr(0, cut));
    std::vector<std::string> found = take_all(splitter);
    feed(splitter, all.substr(cut));
    for (std::string& event : take_all(splitter)) found.push_back(event);
    CHECK(found == kEvents);
    CHECK(splitter.offset() == all.size());
    CHECK(splitter.unfinished() == 0);
  }
}

TEST_CASE("events are found when the stream comes byte by byte") {
  EventSplitter splitter;
  std::vector<std::string> found;
  for (char byte : joined()) {
    feed(splitter, {&byte, 1});
    for (std::string& event : take_all(splitter)) found.push_back(event);
  }
  CHECK(found == kEvents);
}

TEST_CASE("damage is told with the offset of the event that it is in, and for ever") {
  EventSplitter splitter;
  feed(splitter, kEvents[0] + from_hex("82a161c1"));
  std::string_view event;
  REQUIRE(splitter.next(event) == EventSplitter::Next::kEvent);
  CHECK(splitter.next(event) == EventSplitter::Next::kDamaged);
  CHECK(splitter.damage().code() == Code::kCorrupt);
  CHECK(splitter.offset() == kEvents[0].size());
  feed(splitter, kEvents[1]);
  CHECK(splitter.next(event) == EventSplitter::Next::kDamaged);
}

TEST_CASE("an event that nests too deeply is damage") {
  EventSplitter splitter;
  feed(splitter, std::string(100'000, '\x91'));
  std::string_view event;
  CHECK(splitter.next(event) == EventSplitter::Next::kDamaged);
  CHECK(splitter.damage().code() == Code::kTooLarge);
}

TEST_CASE("an event over the limit is damage, whether it is complete or not") {
  const std::string ten = from_hex("a9") + std::string(9, 'x');
  const std::string eleven = from_hex("aa") + std::string(10, 'x');
  for (const std::string& bytes : {eleven, from_hex("db7fffffff") + std::string(6, 'x')}) {
    EventSplitter splitter(10);
    feed(splitter, ten + bytes);
    std::string_view event;
    REQUIRE(splitter.next(event) == EventSplitter::Next::kEvent);
    CHECK(event == ten);
    CHECK(splitter.next(event) == EventSplitter::Next::kDamaged);
    CHECK(splitter.damage().code() == Code::kTooLarge);
    CHECK(splitter.damage().message().find("10 B") != std::string::npos);
  }
}

TEST_CASE("a large event needs few looks, because the room grows with it") {
  std::string event = from_hex("c600400000") + std::string(4 << 20, 'x');
  EventSplitter splitter;
  std::string_view rest = event;
  std::string_view found;
  int looks = 0;
  while (!rest.empty()) {
    std::span<char> room = splitter.room();
    std::size_t size = std::min(room.size(), rest.size());
    std::memcpy(room.data(), rest.data(), size);
    splitter.commit(size);
    rest.remove_prefix(size);
    ++looks;
    if (splitter.next(found) == EventSplitter::Next::kEvent) break;
  }
  CHECK(rest.empty());
  CHECK(found == event);
  CHECK(looks < 10);
}

}  // namespace ox
