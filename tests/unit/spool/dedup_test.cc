#include "common/spool/dedup.h"

#include <limits>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

using Seen = Dedup::Seen;
using Intervals = std::map<std::uint64_t, std::uint64_t>;
constexpr std::uint64_t kLastSeq = std::numeric_limits<std::uint64_t>::max();

BatchId dedup_id(std::uint64_t seq, std::uint8_t run = 1) { return {test_run(run), seq}; }

// Rule: dedup-gaps
TEST_CASE("intervals grow together and are never merged across gaps") {
  IntervalSet set;
  for (std::uint64_t n : Seqs{5, 7, 1, 2}) set.add(n);
  CHECK(set.intervals() == Intervals{{1, 2}, {5, 5}, {7, 7}});
  CHECK_FALSE(set.contains(6));
  set.add(6);
  CHECK(set.intervals() == Intervals{{1, 2}, {5, 7}});
  set.add_range(2, 9);
  CHECK(set.intervals() == Intervals{{1, 9}});
  set.add(4);
  CHECK(set.intervals() == Intervals{{1, 9}});
}

TEST_CASE("intervals reach to both ends of the numbers") {
  IntervalSet set;
  set.add(kLastSeq);
  set.add(0);
  CHECK(set.contains(kLastSeq));
  CHECK(set.contains(0));
  CHECK_FALSE(set.contains(1));
  CHECK_FALSE(set.contains(kLastSeq - 1));
  set.add(kLastSeq - 1);
  set.add(kLastSeq);
  CHECK(set.intervals() == Intervals{{0, 0}, {kLastSeq - 1, kLastSeq}});
  set.add_range(kLastSeq - 5, kLastSeq);
  CHECK(set.intervals() == Intervals{{0, 0}, {kLastSeq - 5, kLastSeq}});
  set.add_range(0, kLastSeq);
  CHECK(set.intervals() == Intervals{{0, kLastSeq}});
}

TEST_CASE("an interval set holds what a set of numbers holds") {
  std::uint64_t seed = test_seed(11);
  INFO("OX_TEST_SEED=", seed);
  std::mt19937_64 random(seed);
  IntervalSet set;
  std::set<std::uint64_t> reference;
  for (int i = 0; i < 3000; ++i) {
    std::uint64_t first = random() % 2000;
    std::uint64_t last = first + (random() % 4 == 0 ? random() % 30 : 0);
    set.add_range(first, last);
    for (std::uint64_t n = first; n <= last; ++n) reference.insert(n);
    std::uint64_t probe = random() % 2100;
    REQUIRE(set.contains(probe) == (reference.count(probe) > 0));
  }
  std::uint64_t covered = 0;
  std::uint64_t former_last = 0;
  bool is_first = true;
  for (const auto& [first, last] : set.intervals()) {
    REQUIRE(first <= last);
    if (!is_first) REQUIRE(first > former_last + 1);
    covered += last - first + 1;
    former_last = last;
    is_first = false;
  }
  CHECK(covered == reference.size());
}

// Rules: dedup-pending, dedup-committed
TEST_CASE("a batch is new, then pending with its end, then committed") {
  Dedup dedup;
  std::uint64_t end = 0;
  CHECK(dedup.look_up(dedup_id(1), &end) == Seen::kNew);
  dedup.add_pending(dedup_id(1), 500);
  CHECK(dedup.look_up(dedup_id(1), &end) == Seen::kPending);
  CHECK(end == 500);
  CHECK(dedup.look_up(dedup_id(1, 2)) == Seen::kNew);
  dedup.commit(dedup_id(1), Micros(1));
  CHECK(dedup.look_up(dedup_id(1)) == Seen::kCommitted);
  CHECK(dedup.look_up(dedup_id(2)) == Seen::kNew);
}

// Rule: dedup-failed
TEST_CASE("a batch that failed may come again") {
  Dedup dedup;
  dedup.add_pending(dedup_id(1), 500);
  dedup.forget_pending(dedup_id(1));
  CHECK(dedup.look_up(dedup_id(1)) == Seen::kNew);
}

TEST_CASE("a snapshot holds what is committed, and nothing pending") {
  Dedup dedup;
  for (std::uint64_t seq : Seqs{1, 2, 3, 9}) dedup.commit(dedup_id(seq), Micros(5));
  dedup.commit(dedup_id(4, 2), Micros(6));
  dedup.add_pending(dedup_id(10), 500);
  Dedup restored;
  restored.commit(dedup_id(77, 3), Micros(1));
  REQUIRE(restored.restore(dedup.snapshot()).ok());
  for (std::uint64_t seq : Seqs{1, 2, 3, 9})
    CHECK(restored.look_up(dedup_id(seq)) == Seen::kCommitted);
  CHECK(restored.look_up(dedup_id(4)) == Seen::kNew);
  CHECK(restored.look_up(dedup_id(4, 2)) == Seen::kCommitted);
  CHECK(restored.look_up(dedup_id(10)) == Seen::kNew);
  CHECK(restored.look_up(dedup_id(77, 3)) == Seen::kNew);
  CHECK(restored.run_count() == 2);
}

TEST_CASE("a snapshot has the bytes of docs/spool.md") {
  Dedup dedup;
  dedup.commit(dedup_id(1), Micros(0x0102));
  dedup.commit(dedup_id(2), Micros(0x0102));
  dedup.commit(dedup_id(8), Micros(0x0102));
  CHECK(to_hex(dedup.snapshot()) ==
        "00000000"  // no files
        "01000000"
        "41414141414141414141414141414141"
        "0201000000000000"
        "02000000"
        "0100000000000000"
        "0200000000000000"
        "0800000000000000"
        "0800000000000000"
        "00000000");  // no run that is partly in one
}

TEST_CASE("a cut snapshot is refused, wherever it is cut, and changes nothing") {
  Dedup dedup;
  dedup.commit(dedup_id(1), Micros(1));
  dedup.commit(dedup_id(5), Micros(1));
  dedup.commit(dedup_id(1, 2), Micros(1));
  std::string whole = dedup.snapshot();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Dedup other;
    other.commit(dedup_id(9), Micros(1));
    REQUIRE(other.restore(whole.substr(0, size)).code() == Code::kCorrupt);
    REQUIRE(other.look_up(dedup_id(9)) == Seen::kCommitted);
    REQUIRE(other.look_up(dedup_id(1)) == Seen::kNew);
  }
}

// Rule: dedup-uptime
TEST_CASE("a run is forgotten when it was not heard of for longer than the age") {
  Dedup dedup;
  dedup.commit(dedup_id(1, 1), Seconds(100));
  dedup.commit(dedup_id(1, 2), Seconds(200));
  CHECK(dedup.expire(Seconds(150), Seconds(50)) == 0);
  CHECK(dedup.expire(Seconds(151), Seconds(50)) == 1);
  CHECK(dedup.look_up(dedup_id(1, 1)) == Seen::kNew);
  CHECK(dedup.look_up(dedup_id(1, 2)) == Seen::kCommitted);
}

TEST_CASE("hearing a copy keeps a run from being forgotten") {
  Dedup dedup;
  dedup.commit(dedup_id(1), Seconds(100));
  dedup.heard(test_run(), Seconds(160));
  dedup.heard(test_run(), Seconds(120));  // time does not go back
  dedup.heard(test_run(5), Seconds(160));
  CHECK(dedup.run_count() == 1);
  CHECK(dedup.expire(Seconds(200), Seconds(50)) == 0);
  CHECK(dedup.expire(Seconds(211), Seconds(50)) == 1);
}

}  // namespace
}  // namespace ox
