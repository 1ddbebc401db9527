#include "oxd/forward/failover.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

constexpr Micros kPatience = Seconds(2);
constexpr MonoTime kNow = Seconds(100);

TargetPresence here(MonoTime since = Seconds(0)) { return {true, since}; }
TargetPresence away(Micros for_so_long) { return {false, kNow - for_so_long}; }

std::optional<std::size_t> choose(const std::vector<TargetPresence>& targets,
                                  std::optional<std::size_t> owner = std::nullopt) {
  return choose_target(targets, owner, kNow, kPatience);
}

TEST_CASE("the first target that is connected is chosen") {
  CHECK(choose({here(), here()}) == 0);
  CHECK(choose({away(Seconds(60)), here()}) == 1);
  CHECK(choose({away(Seconds(60)), away(Seconds(60)), here()}) == 2);
}

TEST_CASE("nobody is chosen when nobody is connected, and an owner stays") {
  CHECK(!choose({}));
  CHECK(!choose({away(Seconds(60)), away(Seconds(1))}));
  CHECK(choose({away(Seconds(60)), away(Seconds(60))}, 1) == 1);
}

TEST_CASE("a target that has just gone is waited for") {
  CHECK(choose({away(Seconds(1)), here()}, 0) == 0);
  CHECK(choose({away(kPatience), here()}, 0) == 1);
}

TEST_CASE("at the start a preferred target that is not there yet is waited for as long") {
  CHECK(!choose({away(Seconds(1)), here()}));
  CHECK(choose({away(kPatience), here()}) == 1);
}

TEST_CASE("a preferred target that is back takes over at once") {
  CHECK(choose({here(kNow), here()}, 1) == 0);
}

TEST_CASE("an owner that is there stays while a preferred one is away, however short") {
  CHECK(choose({away(Micros(1)), here()}, 1) == 1);
}

TEST_CASE("the one between two that are away waits for those before it") {
  CHECK(choose({away(Seconds(60)), away(Seconds(1)), here()}, 1) == 1);
  CHECK(choose({away(Seconds(1)), away(Seconds(60)), here()}, 1) == 1);
  CHECK(choose({away(Seconds(3)), away(Seconds(3)), here()}, 1) == 2);
}

}  // namespace
}  // namespace ox
