#include "common/spool/recent_checksums.h"

#include <doctest/doctest.h>

#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

BatchId checksum_id(std::uint64_t seq) { return {test_run(), seq}; }

TEST_CASE("a checksum is found until newer ones have taken its place") {
  RecentChecksums recent(2);
  CHECK_FALSE(recent.find(checksum_id(1)));
  recent.add(checksum_id(1), 11);
  recent.add(checksum_id(2), 22);
  CHECK(recent.find(checksum_id(1)) == 11);
  recent.add(checksum_id(3), 33);
  CHECK_FALSE(recent.find(checksum_id(1)));
  CHECK(recent.find(checksum_id(2)) == 22);
  CHECK(recent.find(checksum_id(3)) == 33);
  CHECK(recent.size() == 2);
}

TEST_CASE("an identity that is added again has the new checksum, and takes no second place") {
  RecentChecksums recent(2);
  recent.add(checksum_id(1), 11);
  recent.add(checksum_id(1), 12);
  recent.add(checksum_id(2), 22);
  CHECK(recent.find(checksum_id(1)) == 12);
  CHECK(recent.find(checksum_id(2)) == 22);
}

TEST_CASE("what is forgotten is not found, and may come again") {
  RecentChecksums recent(2);
  recent.add(checksum_id(1), 11);
  recent.forget(checksum_id(1));
  recent.forget(checksum_id(9));
  CHECK_FALSE(recent.find(checksum_id(1)));
  recent.add(checksum_id(1), 12);
  CHECK(recent.find(checksum_id(1)) == 12);
  for (std::uint64_t seq = 2; seq < 100; ++seq) recent.add(checksum_id(seq), 1);
  CHECK(recent.size() <= 2);
}

}  // namespace
}  // namespace ox
