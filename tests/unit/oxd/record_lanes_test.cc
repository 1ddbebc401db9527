#include "oxd/control/record_lanes.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

constexpr std::uint64_t kNow = 800'000'000;
constexpr std::uint64_t kYear = 365ull * 24 * 3600 * 1000 / 256;

struct RecordLanesFixture {
  RecordLease grant(std::uint32_t count, std::uint64_t now = kNow, std::uint64_t after = 0) {
    auto lease = lanes.grant(++numbers, count, after, now);
    REQUIRE(lease.ok());
    return *lease;
  }
  void reload() {
    auto again = RecordLanes::parse(lanes.to_text());
    REQUIRE(again.ok());
    CHECK(again->to_text() == lanes.to_text());
    lanes = *again;
  }
  RecordLanes lanes;
  std::uint64_t numbers = 0;
};

TEST_CASE_FIXTURE(RecordLanesFixture, "a lease begins now, and lasts ten minutes") {
  CHECK(grant(4) == RecordLease{1, 0, 4, kNow, kNow + kLeaseTicks});
  CHECK(grant(4) == RecordLease{2, 4, 4, kNow, kNow + kLeaseTicks});
  CHECK(grant(1) == RecordLease{3, 8, 1, kNow, kNow + kLeaseTicks});
  CHECK(grant(256) == RecordLease{4, 256, 256, kNow, kNow + kLeaseTicks});
}

TEST_CASE_FIXTURE(RecordLanesFixture, "a lane is given out again only where its last lease ended") {
  grant(4);
  reload();
  CHECK(grant(4, kNow + kLeaseTicks - 1).lane == 4);
  RecordLease third = grant(4, kNow + kLeaseTicks);
  CHECK(third.lane == 0);
  CHECK(third.from == kNow + kLeaseTicks);
}

TEST_CASE_FIXTURE(RecordLanesFixture,
                  "a clock that is put back gets other lanes, and spoils none") {
  grant(4, kNow + 10 * kYear);
  CHECK(grant(4).lane == 4);
  // And should it come to that time again, the lanes from there are taken first.
  CHECK(grant(4, kNow + 10 * kYear + kLeaseTicks + 5).lane == 0);
}

TEST_CASE_FIXTURE(RecordLanesFixture,
                  "when lanes are scarce a lease has fewer, and then begins later") {
  for (int i = 0; i < 3; ++i) CHECK(grant(256).lanes == 256);
  CHECK(grant(128).lanes == 128);
  CHECK(grant(64).lanes == 64);
  RecordLease fewer = grant(256);
  CHECK(fewer.lanes == 64);
  CHECK(fewer.from == kNow);
  RecordLease later = grant(256);
  CHECK(later.lanes == 1);
  CHECK(later.from == kNow + kLeaseTicks);
}

TEST_CASE_FIXTURE(RecordLanesFixture, "no lease begins more than an hour ahead") {
  std::uint64_t leases = 0;
  while (true) {
    auto lease = lanes.grant(++numbers, 1, 0, kNow);
    if (!lease.ok()) {
      CHECK(lease.status().code() == Code::kUnavailable);
      break;
    }
    REQUIRE(lease->from <= kNow + kMostAheadTicks);
    ++leases;
  }
  CHECK(leases == kRecordLanes * (kMostAheadTicks / kLeaseTicks + 1));
  CHECK(lanes.grant(++numbers, 1, 0, kNow + kLeaseTicks).ok());
}

TEST_CASE_FIXTURE(RecordLanesFixture,
                  "a clock that is put back far, when no lane is left, does not end the ids") {
  for (int i = 0; i < 4; ++i) grant(256, kNow + kYear);
  reload();
  RecordLease lease = grant(4);
  CHECK(lease.lanes == 1);
  CHECK(lease.from == kNow + kYear + kLeaseTicks);
}

TEST_CASE_FIXTURE(RecordLanesFixture, "ids go on behind those that the asker has, within an hour") {
  CHECK(grant(4, kNow, kNow + kMostAheadTicks).from == kNow + kMostAheadTicks);
  CHECK(grant(4, kNow, kNow + kMostAheadTicks + 1).from == kNow);
}

TEST_CASE_FIXTURE(RecordLanesFixture, "a lease goes on for its holder, however often it asks") {
  RecordLease lease = grant(4);
  grant(4);
  auto longer = lanes.extend(lease.number, kNow + 7, kNow + 1000);
  REQUIRE(longer);
  lease.until = kNow + 1000 + kLeaseTicks;
  CHECK(*longer == lease);
  CHECK(lanes.extend(lease.number, kNow + 7, kNow + 1000) == longer);
  reload();
  CHECK(lanes.extend(lease.number, 0, kNow) == longer);
  // Used up sooner than the time: from there on.
  lease.until += kLeaseTicks;
  CHECK(lanes.extend(lease.number, longer->until + 5, kNow + 1000) == lease);
  CHECK_FALSE(lanes.extend(77, 0, kNow));
  CHECK_FALSE(lanes.extend(0, 0, kNow));
}

TEST_CASE_FIXTURE(RecordLanesFixture, "a lease does not go on more than an hour ahead") {
  RecordLease lease = grant(1);
  while (auto longer = lanes.extend(lease.number, lease.until, kNow)) {
    REQUIRE(longer->until > lease.until);
    lease = *longer;
  }
  CHECK(lease.until > kNow + kMostAheadTicks);
  CHECK(lease.until <= kNow + kMostAheadTicks + kLeaseTicks);
}

TEST_CASE_FIXTURE(RecordLanesFixture, "a lease that lost a lane after its end does not go on") {
  RecordLease lease = grant(4);
  CHECK(grant(1, kNow + kLeaseTicks).lane == 0);
  CHECK_FALSE(lanes.extend(lease.number, 0, kNow + kLeaseTicks));
  auto released = lanes.release(lease.number, lease.from);
  REQUIRE(released.ok());
  CHECK_FALSE(*released);
}

TEST_CASE_FIXTURE(RecordLanesFixture, "what is released is given out again, once") {
  RecordLease lease = grant(4);
  auto released = lanes.release(lease.number, kNow + 3);
  REQUIRE(released.ok());
  CHECK(*released);
  reload();
  RecordLease next = grant(4, kNow + 1);
  CHECK(next.lane == 4);  // the four are free from kNow + 3 on
  next = grant(4, kNow + 3);
  CHECK(next.lane == 0);
  // The same request, come again late, finds no such lease.
  released = lanes.release(lease.number, kNow);
  REQUIRE(released.ok());
  CHECK_FALSE(*released);
  CHECK(grant(4, kNow + 3).lane != 0);
}

TEST_CASE_FIXTURE(RecordLanesFixture, "only the rest of a lease can be released") {
  RecordLease lease = grant(4);
  CHECK(lanes.release(lease.number, kNow - 1).status().code() == Code::kInvalid);
  CHECK(lanes.release(lease.number, lease.until + 1).status().code() == Code::kInvalid);
  CHECK(lanes.release(lease.number, lease.until).ok());
}

TEST_CASE_FIXTURE(RecordLanesFixture, "ids are positive, and end in 2089") {
  CHECK(grant(1, 0).from == 1);
  RecordLease last = grant(1, kRecordTickEnd - 2);
  CHECK(last.until == kRecordTickEnd);
  CHECK(lanes.grant(9, 1, 0, kRecordTickEnd).status().code() == Code::kUnavailable);
  CHECK(record_id(kRecordTickEnd - 1, kRecordLanes - 1) + kRecordBlock == std::uint64_t{1} << 53);
}

TEST_CASE("lanes whose past is unknown begin at the floor, whatever the clock says") {
  RecordLanes lanes(kNow + 100);
  auto lease = lanes.grant(1, 4, 0, kNow - kYear);
  REQUIRE(lease.ok());
  CHECK(lease->from == kNow + 100);
  auto kept = RecordLanes::parse(lanes.to_text());
  REQUIRE(kept.ok());
  lease = kept->grant(2, 4, 0, kNow);
  REQUIRE(lease.ok());
  CHECK(lease->from == kNow + 100);
  CHECK(lease->lane == 4);
}

TEST_CASE_FIXTURE(RecordLanesFixture, "a text that was cut or altered anywhere is refused") {
  grant(4);
  grant(1);
  const std::string text = lanes.to_text();
  for (std::size_t length = 0; length < text.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(RecordLanes::parse(text.substr(0, length)).ok());
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string altered = text;
    altered[at] ^= 1;
    CAPTURE(at);
    CHECK_FALSE(RecordLanes::parse(altered).ok());
  }
  CHECK(RecordLanes::parse(text + text).status().code() == Code::kCorrupt);
  CHECK(RecordLanes::parse("oxd record-ids 2\nanything").status().code() == Code::kUnsupported);
}

}  // namespace
}  // namespace ox
