#include "common/http/deadline_wheel.h"

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include <doctest/doctest.h>

namespace ox {
namespace {

struct Item : DeadlineWheel::Entry {};

}  // namespace

TEST_CASE("an entry expires at its deadline, within a tick, and once") {
  DeadlineWheel wheel(Seconds(1000));
  Item item;
  std::vector<DeadlineWheel::Entry*> expired;
  wheel.set(item, Seconds(1001));
  wheel.turn(Millis(1'000'990), expired);
  CHECK(expired.empty());
  wheel.turn(Millis(1'001'050), expired);
  CHECK(expired == std::vector<DeadlineWheel::Entry*>{&item});
  wheel.turn(Seconds(1100), expired);
  CHECK(expired.empty());
}

TEST_CASE("a deadline may be moved both ways, and taken back") {
  DeadlineWheel wheel(Seconds(0));
  Item later;
  Item earlier;
  Item never;
  Item removed;
  std::vector<DeadlineWheel::Entry*> expired;
  for (Item* item : {&later, &earlier, &never, &removed}) wheel.set(*item, Seconds(5));
  wheel.set(later, Seconds(60));
  wheel.set(earlier, Seconds(1));
  wheel.set(never, DeadlineWheel::kNever);
  wheel.remove(removed);
  wheel.turn(Seconds(2), expired);
  CHECK(expired == std::vector<DeadlineWheel::Entry*>{&earlier});
  wheel.turn(Seconds(59), expired);
  CHECK(expired.empty());
  wheel.turn(Seconds(75), expired);
  CHECK(expired == std::vector<DeadlineWheel::Entry*>{&later});
}

TEST_CASE("many entries with changing deadlines all expire in time, none early") {
  std::mt19937 random(7);
  MonoTime now = Millis(12'345);
  DeadlineWheel wheel(now);
  std::deque<Item> items(500);
  std::vector<DeadlineWheel::Entry*> expired;
  auto some = [&](int n) { return Millis(static_cast<int>(random() % static_cast<unsigned>(n))); };
  for (Item& item : items) wheel.set(item, now + some(40'000));
  for (int step = 0; step < 2000; ++step) {
    now += some(100);
    std::vector<Item*> due;
    for (Item& item : items)
      if (item.deadline() + 2 * DeadlineWheel::kTick <= now) due.push_back(&item);
    std::vector<MonoTime> before;
    wheel.turn(now, expired);
    for (Item* item : due) CHECK(std::find(expired.begin(), expired.end(), item) != expired.end());
    for (auto* entry : expired) wheel.set(*entry, now + some(40'000));
    Item& moved = items[random() % items.size()];
    wheel.set(moved, now + some(40'000));
    for (Item& item : items) REQUIRE(item.deadline() != DeadlineWheel::kNever);
  }
}

}  // namespace ox
