#include "oxview/look_pace.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("looking takes a tenth of the time at most, and the shortest wait is kept") {
  LookPace pace(Millis(500));
  CHECK(pace.wait_after(Millis(1), false) == Millis(500));
  CHECK(pace.wait_after(Millis(80), false) == Millis(800));
  CHECK(pace.wait_after(Millis(10), false) == Millis(500));
}

TEST_CASE("how long it took to show what was found does not make the next look wait") {
  LookPace pace(Millis(500));
  CHECK(pace.wait_after(Seconds(3600), true) == Millis(500));
  CHECK(pace.wait_after(Millis(80), false) == Millis(800));
  CHECK(pace.wait_after(Seconds(3600), true) == Millis(800));
}

TEST_CASE("no look waits for more than a few seconds, as after a terminal was stopped") {
  LookPace pace(Millis(500));
  CHECK(pace.wait_after(Seconds(3600), false) == LookPace::kLongestWait);
}

}  // namespace ox
