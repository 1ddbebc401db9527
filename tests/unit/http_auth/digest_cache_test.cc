#include "common/http/auth/digest_cache.h"

#include <doctest/doctest.h>

namespace ox {

static Digest numbered(int n) { return sha256(std::to_string(n)); }

TEST_CASE("a digest is forgotten when its time is over, however often it was asked for") {
  FakeClock clock;
  DigestCache cache(10, Seconds(60), clock);
  CHECK_FALSE(cache.contains(numbered(1)));
  cache.insert(numbered(1));
  clock.advance(Seconds(59));
  CHECK(cache.contains(numbered(1)));
  cache.insert(numbered(1));
  clock.advance(Seconds(1));
  CHECK_FALSE(cache.contains(numbered(1)));
}

TEST_CASE("a step of the wall clock neither keeps nor drops anything") {
  FakeClock clock;
  DigestCache cache(10, Seconds(60), clock);
  cache.insert(numbered(1));
  clock.set_wall(Seconds(1));
  CHECK(cache.contains(numbered(1)));
  clock.advance(Seconds(60));
  clock.set_wall(Seconds(1));
  CHECK_FALSE(cache.contains(numbered(1)));
}

TEST_CASE("the cache never has more digests than it may, and the oldest goes first") {
  FakeClock clock;
  DigestCache cache(3, Seconds(60), clock);
  for (int i = 0; i < 1000; ++i) {
    cache.insert(numbered(i));
    REQUIRE(cache.size_approx() <= 3);
  }
  CHECK_FALSE(cache.contains(numbered(996)));
  CHECK(cache.contains(numbered(997)));
  CHECK(cache.contains(numbered(999)));
}

TEST_CASE("what expired makes room, and can come again") {
  FakeClock clock;
  DigestCache cache(3, Seconds(60), clock);
  cache.insert(numbered(1));
  cache.insert(numbered(2));
  clock.advance(Seconds(60));
  cache.insert(numbered(1));
  CHECK(cache.size_approx() == 1);
  CHECK(cache.contains(numbered(1)));
  CHECK_FALSE(cache.contains(numbered(2)));
}

TEST_CASE("a cache without room remembers nothing") {
  FakeClock clock;
  DigestCache cache(0, Seconds(60), clock);
  cache.insert(numbered(1));
  CHECK_FALSE(cache.contains(numbered(1)));
}

}  // namespace ox
