#include "oxview/gap_tracker.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

using Lines = std::vector<std::string>;

Uuid boot(char c) { return Uuid::from_bytes(std::string(16, c)); }

}  // namespace

TEST_CASE("numbers that follow one another are no gap") {
  GapTracker gaps;
  for (std::uint64_t n = 41; n < 50; ++n) gaps.observe(boot('a'), "t", n);
  CHECK(gaps.take_report().empty());
}

TEST_CASE("what was there before the first event is not missed") {
  GapTracker gaps;
  gaps.observe(boot('a'), "t", 1000);
  gaps.observe(boot('a'), "u", 500);
  CHECK(gaps.take_report().empty());
}

TEST_CASE("a jump is a gap of its type, told once") {
  GapTracker gaps;
  gaps.observe(boot('a'), "t", 5);
  gaps.observe(boot('a'), "u", 1);
  gaps.observe(boot('a'), "t", 8);
  gaps.observe(boot('a'), "u", 3);
  gaps.observe(boot('a'), "t", 9);
  gaps.observe(boot('a'), "t", 12);
  CHECK(gaps.take_report() ==
        Lines{"gap: 4 events of type 't' were missed", "gap: 1 event of type 'u' was missed"});
  CHECK(gaps.take_report().empty());
}

TEST_CASE("a number again, or an older one, is no gap") {
  GapTracker gaps;
  gaps.observe(boot('a'), "t", 5);
  gaps.observe(boot('a'), "t", 5);
  gaps.observe(boot('a'), "t", 2);
  gaps.observe(boot('a'), "t", 6);
  CHECK(gaps.take_report().empty());
}

TEST_CASE("a restart is told even when nothing since is missing") {
  GapTracker gaps;
  gaps.observe(boot('a'), "t", 5);
  gaps.observe(boot('b'), "t", 1);
  CHECK(gaps.take_report() ==
        Lines{"gap: the node restarted; events at the end of its last run may be missing"});
  gaps.observe(boot('b'), "t", 2);
  CHECK(gaps.take_report().empty());
}

TEST_CASE("after a restart every type counts from one") {
  GapTracker gaps;
  gaps.observe(boot('a'), "t", 5);
  gaps.observe(boot('b'), "t", 3);
  gaps.observe(boot('b'), "u", 2);
  Lines lines = gaps.take_report();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("gap: 2 events of type 't' were missed; the node restarted"));
  CHECK(lines[1].starts_with("gap: 1 event of type 'u' was missed; the node restarted"));
}

TEST_CASE("numbers as large as they get are counted") {
  GapTracker gaps;
  gaps.observe(boot('a'), "t", 0);
  gaps.observe(boot('a'), "t", ~std::uint64_t{0});
  CHECK(gaps.take_report() == Lines{"gap: 18446744073709551614 events of type 't' were missed"});
}

TEST_CASE("a type that comes from the network is escaped") {
  GapTracker gaps;
  gaps.observe(boot('a'), "\x1b[2J", 1);
  gaps.observe(boot('a'), "\x1b[2J", 3);
  CHECK(gaps.take_report() == Lines{R"(gap: 1 event of type '\x1b[2J' was missed)"});
}

}  // namespace ox
